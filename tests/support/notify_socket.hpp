#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "pointsman/base/clock.hpp"

namespace pointsman::test {

// A service manager's end of NOTIFY_SOCKET.
class NotifySocket {
 public:
  enum class Kind { file, abstract };

  explicit NotifySocket(Kind kind = Kind::file) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    static int number = 0;
    const std::string name = "pointsman-notify-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
    path_ = kind == Kind::file ? "/tmp/" + name : "@" + name;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (kind == Kind::abstract) address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
      throw std::system_error(errno, std::generic_category(), "bind to " + path_);
    }
  }
  ~NotifySocket() {
    ::close(socket_);
    if (path_.front() == '/') ::unlink(path_.c_str());
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // The value of NOTIFY_SOCKET.
  const std::string& path() const { return path_; }

  // The next message; empty: none came in time.
  std::string next(Milliseconds at_most = Milliseconds(10'000)) {
    pollfd waited{socket_, POLLIN, 0};
    if (::poll(&waited, 1, static_cast<int>(at_most.count())) != 1) return "";
    std::array<char, 4096> bytes;
    const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    all_.emplace_back(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return all_.back();
  }

  // Reads until a message has this in it; false: none did in time.
  bool hears(std::string_view part, Milliseconds at_most = Milliseconds(10'000)) {
    const auto give_up = std::chrono::steady_clock::now() + at_most;
    while (std::chrono::steady_clock::now() < give_up) {
      const auto message = next(Milliseconds(100));
      if (message.find(part) != std::string::npos) return true;
    }
    return false;
  }
  // All that were read.
  const std::vector<std::string>& all() const { return all_; }

 private:
  int socket_;
  std::string path_;
  std::vector<std::string> all_;
};

}  // namespace pointsman::test
