#include "pointsman/access/failed_attempts.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

namespace pointsman::access {
namespace {

constexpr Milliseconds none{0};

Guesser at(const char* text) {
  sockaddr_storage storage{};
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    std::memcpy(&storage, &v4, sizeof v4);
  } else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
    std::memcpy(&storage, &v6, sizeof v6);
  } else {
    storage.ss_family = AF_UNIX;
  }
  return guesser_at(*reinterpret_cast<const sockaddr*>(&storage));
}

TEST(Guesser, IsAnAddressOrASlash64) {
  EXPECT_EQ(at("10.0.0.1"), at("10.0.0.1"));
  EXPECT_NE(at("10.0.0.1"), at("10.0.0.2"));
  EXPECT_EQ(at("2001:db8::1"), at("2001:db8::ffff:2"));
  EXPECT_NE(at("2001:db8::1"), at("2001:db8:0:1::1"));
  EXPECT_EQ(at("::ffff:10.0.0.1"), at("10.0.0.1"));
  EXPECT_NE(at("::ffff:10.0.0.1"), at("::ffff:10.0.0.2"));
  EXPECT_EQ(at("a socket"), Guesser{});
}

TEST(FailedAttempts, WaitLongerAndLongerAndRecover) {
  FailedAttempts failed;
  MonotonicTime now{Milliseconds(5'000'000)};
  const auto guesser = at("10.0.0.1");
  for (int i = 0; i < FailedAttempts::free_failures; ++i) ASSERT_EQ(failed.note(guesser, now), none) << i;
  EXPECT_EQ(failed.note(guesser, now), Milliseconds(100));
  EXPECT_EQ(failed.note(guesser, now), Milliseconds(200));
  for (int i = 0; i < 1'000; ++i) ASSERT_LE(failed.note(guesser, now), FailedAttempts::longest_pause);
  EXPECT_EQ(failed.note(guesser, now), FailedAttempts::longest_pause);
  EXPECT_EQ(failed.note(at("10.0.0.2"), now), none);

  now += Milliseconds(21'000);  // what it owes is bounded
  EXPECT_EQ(failed.note(guesser, now), none);
  EXPECT_EQ(failed.note(guesser, now), Milliseconds(100));
  for (int i = 0; i < 100; ++i) {  // as many as one a second
    now += Milliseconds(1'000);
    ASSERT_EQ(failed.note(guesser, now), Milliseconds(100));
  }
}

TEST(FailedAttempts, TheTableIsBoundedAndTheOldestGoes) {
  FailedAttempts failed;
  const MonotonicTime now{Milliseconds(5'000'000)};
  const auto guesser = at("10.0.0.1");
  for (int i = 0; i <= FailedAttempts::free_failures; ++i) failed.note(guesser, now);
  const auto other = [](std::size_t number) {
    return at(("10.1." + std::to_string(number / 250) + "." + std::to_string(number % 250)).c_str());
  };
  for (std::size_t i = 0; i < FailedAttempts::most_addresses - 1; ++i) failed.note(other(i), now);
  EXPECT_EQ(failed.addresses(), FailedAttempts::most_addresses);
  EXPECT_EQ(failed.note(guesser, now), Milliseconds(200)) << "still known, and the newest now";
  failed.note(other(FailedAttempts::most_addresses), now);
  EXPECT_EQ(failed.addresses(), FailedAttempts::most_addresses);
  EXPECT_EQ(failed.note(guesser, now), Milliseconds(300));
}

}  // namespace
}  // namespace pointsman::access
