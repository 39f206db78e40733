#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <stdexcept>
#include <utility>

#include "pointsman/net/stream.hpp"

namespace pointsman::net {

// Two streams that are connected with each other. The worker runs in the test's own thread, in run().
class StreamPair : public testing::Test {
 protected:
  struct Pair {
    std::unique_ptr<Stream> client;
    std::unique_ptr<Stream> server;
  };

  // Socket buffers of a few KiB make writes wait.
  Pair connect() {
    int descriptors[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, descriptors) != 0) throw std::runtime_error("no socket pair");
    for (const int each : descriptors) {
      const int size = 4096;
      ::setsockopt(each, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
    const auto stream = [&](int descriptor) {
      return std::make_unique<Stream>(worker_, Socket(worker_.executor(), {AF_UNIX, 0}, descriptor));
    };
    return {stream(descriptors[0]), stream(descriptors[1])};
  }

  // Runs all of them to their ends, which have to come within ten seconds.
  template <class... Tasks>
  void run(Tasks... tasks) {
    int under_way = 0;
    const auto spawn = [&](Task<> task) {
      ++under_way;
      asio::co_spawn(worker_.executor(), std::move(task), [&](std::exception_ptr thrown) {
        --under_way;
        if (thrown) std::rethrow_exception(thrown);
      });
    };
    (spawn(std::move(tasks)), ...);
    worker_.context().restart();
    worker_.context().run_for(std::chrono::seconds(10));
    ASSERT_EQ(under_way, 0) << "something waits for ever";
  }

  SystemClock clock_;
  Worker worker_{1, clock_};
};

}  // namespace pointsman::net
