#include "pointsman/daemon/life_signs.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>

namespace pointsman::daemon {
namespace {

std::string taken_out(const char* name) {
  const char* value = std::getenv(name);
  std::string result(value == nullptr ? "" : value);
  ::unsetenv(name);
  return result;
}

std::optional<long long> number(const std::string& text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

std::string microseconds(auto time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

}  // namespace

LifeSigns::LifeSigns() : address_(taken_out("NOTIFY_SOCKET")) {
  const auto interval = number(taken_out("WATCHDOG_USEC"));
  const auto process = taken_out("WATCHDOG_PID");
  const bool is_for_us = process.empty() || number(process) == ::getpid();
  if (interval && is_for_us) {
    watchdog_ =
        std::max(Milliseconds(1), std::chrono::duration_cast<Milliseconds>(std::chrono::microseconds(*interval)));
  }
  const bool is_path = address_.starts_with('/') || address_.starts_with('@');
  if (!is_path || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  if (address_.front() == '@') address_.front() = '\0';  // an abstract one (unix(7))
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

LifeSigns::~LifeSigns() {
  if (socket_ >= 0) ::close(socket_);
}

void LifeSigns::ready(std::string_view status) { tell("READY=1\nSTATUS=" + std::string(status)); }

void LifeSigns::reloading(MonotonicTime now) {
  tell("RELOADING=1\nMONOTONIC_USEC=" + microseconds(now.time_since_epoch()));
}

void LifeSigns::stopping(std::string_view status) { tell("STOPPING=1\nSTATUS=" + std::string(status)); }

void LifeSigns::needs(Milliseconds time, std::string_view status) {
  tell("EXTEND_TIMEOUT_USEC=" + microseconds(time) + "\nSTATUS=" + std::string(status));
}

void LifeSigns::is_alive() { tell("WATCHDOG=1"); }

void LifeSigns::tell(const std::string& message) const {
  if (socket_ < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(address_.begin(), address_.end(), address.sun_path);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace pointsman::daemon
