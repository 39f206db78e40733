#include "pointsman/upstream/pool.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace pointsman::upstream {
namespace {

using namespace std::chrono_literals;
using net::Socket;

const std::string place = "http://a.test:8000";

// The pool on a worker whose ticks the test makes, with real sockets.
class PoolTest : public testing::Test {
 protected:
  ~PoolTest() override {
    for (const int each : others_) ::close(each);
  }

  // Returns the other side of the connection that was given.
  int give() {
    int descriptors[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, descriptors) != 0) throw std::runtime_error("no socket pair");
    Socket socket(worker_.executor(), {AF_UNIX, 0}, descriptors[0]);
    pool_.give_back(place, std::make_unique<Connection>(std::make_unique<net::Stream>(worker_, std::move(socket))));
    others_.push_back(descriptors[1]);
    return descriptors[1];
  }
  bool take() { return pool_.take(place) != nullptr; }

  void pass(Milliseconds time) {
    for (; time > 0ms; time -= Pool::look_interval) {
      clock_.advance(std::min(time, Pool::look_interval));
      worker_.deadlines().sweep(clock_.monotonic());
    }
  }
  void close_there(int descriptor) { ::shutdown(descriptor, SHUT_RDWR); }

  ManualClock clock_;
  net::Worker worker_{1, clock_};
  Pool pool_{worker_};
  std::vector<int> others_;
};

TEST_F(PoolTest, AConnectionIsUsedAgainForAsLongAsMostServersAllow) {
  give();
  pass(3'000ms);
  EXPECT_TRUE(take());
  EXPECT_FALSE(take()) << "it is in use";
  give();
  pass(4'000ms);
  EXPECT_FALSE(take()) << "it may be closed just now";
}

TEST_F(PoolTest, WhatHasLivedLongerIsUsedForLonger) {
  for (int i = 0; i < 20; ++i) give();
  pass(20'000ms);
  give();
  pass(5'000ms);
  EXPECT_TRUE(take()) << "connections there have been seen open after six seconds";
}

TEST_F(PoolTest, WhatIsClosedSoonerIsUsedForLess) {
  const int there = give();
  pass(1'000ms);
  close_there(there);
  pass(2'000ms);
  EXPECT_EQ(pool_.idle(place), 0u) << "the end was seen";
  give();
  pass(2'000ms);
  EXPECT_FALSE(take());
}

TEST_F(PoolTest, AConnectionOnWhichSomethingCameIsNotUsed) {
  give();
  const int there = give();
  ASSERT_EQ(::send(there, "x", 1, 0), 1);
  EXPECT_TRUE(take()) << "the other one";
  EXPECT_FALSE(take());
}

TEST_F(PoolTest, TheLastOneUsedIsTheNext) {
  close_there(give());
  give();
  EXPECT_TRUE(take());
  EXPECT_EQ(pool_.idle(place), 1u);
}

TEST_F(PoolTest, KeepsABoundedNumber) {
  for (std::size_t i = 0; i < Pool::most_idle + 3; ++i) give();
  EXPECT_EQ(pool_.idle(place), Pool::most_idle);
}

TEST_F(PoolTest, WhatIsTooOldIsClosed) {
  const int there = give();
  pass(90'000ms);
  EXPECT_EQ(pool_.idle(place), 0u);
  char byte;
  EXPECT_EQ(::recv(there, &byte, 1, MSG_DONTWAIT), 0) << "the endpoint sees the end";
}

}  // namespace
}  // namespace pointsman::upstream
