#include "pointsman/net/tls_sessions.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace pointsman::net {
namespace {

using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

Session session(long number) {
  Session made(SSL_SESSION_new(), SSL_SESSION_free);
  SSL_SESSION_set_time(made.get(), number);
  return made;
}

// The number of the session that comes out; -1: none.
long taken(TlsSessions& sessions) {
  const Session found(sessions.take(), SSL_SESSION_free);
  return found ? SSL_SESSION_get_time(found.get()) : -1;
}

TEST(TlsSessions, GivesEachOutOnce) {
  TlsSessions sessions;
  EXPECT_EQ(taken(sessions), -1);
  sessions.keep(session(1).get());
  sessions.keep(session(2).get());
  EXPECT_EQ(taken(sessions) + taken(sessions), 3);
  EXPECT_EQ(taken(sessions), -1);
}

TEST(TlsSessions, KeepsTheLatestOfMany) {
  TlsSessions sessions;
  for (long number = 1; number <= 100; ++number) sessions.keep(session(number).get());
  std::size_t count = 0;
  bool has_latest = false;
  for (long number = taken(sessions); number != -1; number = taken(sessions), ++count) {
    has_latest = has_latest || number == 100;
  }
  EXPECT_EQ(count, 16u);
  EXPECT_TRUE(has_latest);
}

// For the sanitizers: a session that two workers had would be freed twice.
TEST(TlsSessions, AreForAllWorkersAtOnce) {
  TlsSessions sessions;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2'000; ++round) {
        sessions.keep(session(round).get());
        if (round % 3 != 0) taken(sessions);
      }
    });
  }
  for (auto& each : threads) each.join();
}

}  // namespace
}  // namespace pointsman::net
