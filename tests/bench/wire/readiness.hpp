#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

namespace pointsman::bench {

// Nanoseconds of CLOCK_MONOTONIC, which is the same in every process of the machine.
std::int64_t monotonic_now();

// Which sockets can be read or written (epoll, level-triggered). `data` comes back with each event.
class Readiness {
 public:
  Readiness();
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  void add(int descriptor, std::uint32_t events, std::uint64_t data) const;
  void change(int descriptor, std::uint32_t events, std::uint64_t data) const;

  // Waits until something is ready, or until `deadline` to the microsecond (the kernel's slack is turned off).
  std::span<const epoll_event> wait(std::int64_t deadline);

 private:
  void control(int operation, int descriptor, std::uint32_t events, std::uint64_t data) const;

  int descriptor_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace pointsman::bench
