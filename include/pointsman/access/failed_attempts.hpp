#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>

#include "pointsman/base/clock.hpp"

struct sockaddr;

namespace pointsman::access {

// Whoever may be one guesser: an IPv4 address, the /64 of an IPv6 address, or all that come over Unix-domain sockets.
using Guesser = std::array<std::uint8_t, 16>;
Guesser guesser_at(const sockaddr& address);

// How long the answer to a request with a wrong key waits. An address may fail once a second, and 60 times beside;
// every failure over that waits 100 ms longer than the one before, up to 2 s. A good key is never slowed, and nobody
// asks here for one: many clients may come from one address. Bounded: of too many addresses the one that has not failed
// for longest is forgotten. No I/O. Safe from every thread.
class FailedAttempts {
 public:
  static constexpr std::size_t most_addresses = 4'096;
  static constexpr int free_failures = 60;
  static constexpr Milliseconds longest_pause{2'000};

  // One that failed now. Zero: it is answered at once.
  Milliseconds note(const Guesser& guesser, MonotonicTime now);

  std::size_t addresses();

 private:
  struct Entry {
    Guesser guesser;
    Milliseconds owed{0};  // a second for each failure, less what has passed since
    MonotonicTime latest{};
  };

  std::mutex mutex_;
  std::list<Entry> entries_;  // the one that failed last is the first
  std::map<Guesser, std::list<Entry>::iterator> places_;
};

}  // namespace pointsman::access
