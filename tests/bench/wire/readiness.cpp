#include "wire/readiness.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <system_error>

namespace pointsman::bench {
namespace {

constexpr std::int64_t second = 1'000'000'000;

}  // namespace

std::int64_t monotonic_now() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Readiness::Readiness() : descriptor_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  // By default a timer may be 50 us late, which is as much as a gateway takes for a request.
  ::prctl(PR_SET_TIMERSLACK, 1);
}

Readiness::~Readiness() { ::close(descriptor_); }

void Readiness::add(int descriptor, std::uint32_t events, std::uint64_t data) const {
  control(EPOLL_CTL_ADD, descriptor, events, data);
}

void Readiness::change(int descriptor, std::uint32_t events, std::uint64_t data) const {
  control(EPOLL_CTL_MOD, descriptor, events, data);
}

void Readiness::control(int operation, int descriptor, std::uint32_t events, std::uint64_t data) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  if (::epoll_ctl(descriptor_, operation, descriptor, &event) != 0) {
    throw std::system_error(errno, std::system_category(), "epoll_ctl");
  }
}

std::span<const epoll_event> Readiness::wait(std::int64_t deadline) {
  const auto left = std::max<std::int64_t>(deadline - monotonic_now(), 0);
  const timespec timeout{left / second, left % second};
  const int count = ::epoll_pwait2(descriptor_, events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

}  // namespace pointsman::bench
