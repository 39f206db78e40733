#include "pointsman/access/failed_attempts.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace pointsman::access {
namespace {

constexpr Milliseconds for_each_failure{1'000};
constexpr Milliseconds step{100};
constexpr int steps = static_cast<int>(FailedAttempts::longest_pause / step);
constexpr Milliseconds most_owed = for_each_failure * (FailedAttempts::free_failures + steps);

}  // namespace

Guesser guesser_at(const sockaddr& address) {
  Guesser guesser{};
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    guesser[10] = guesser[11] = 0xff;
    std::memcpy(&guesser[12], &v4.sin_addr, 4);
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    // An IPv4 address that came to an IPv6 socket is one of its own, as ::ffff:a.b.c.d.
    std::memcpy(guesser.data(), &v6.sin6_addr, IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) ? 16 : 8);
  }
  return guesser;
}

Milliseconds FailedAttempts::note(const Guesser& guesser, MonotonicTime now) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = places_.find(guesser); known != places_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
  } else {
    if (entries_.size() == most_addresses) {
      places_.erase(entries_.back().guesser);
      entries_.pop_back();
    }
    entries_.push_front({guesser, Milliseconds(0), now});
    places_.emplace(guesser, entries_.begin());
  }
  auto& entry = entries_.front();
  const auto passed = std::max(now - entry.latest, Milliseconds(0));
  entry.latest = std::max(entry.latest, now);
  entry.owed = std::min(entry.owed - std::min(passed, entry.owed) + for_each_failure, most_owed);
  const auto over = (entry.owed + for_each_failure - Milliseconds(1)) / for_each_failure - free_failures;
  return over > 0 ? std::min(step * over, longest_pause) : Milliseconds(0);
}

std::size_t FailedAttempts::addresses() {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

}  // namespace pointsman::access
