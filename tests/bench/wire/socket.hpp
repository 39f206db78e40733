#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

// The system's sockets on loopback, owned, and what is waited for. No library: it would be measured as well.
namespace pointsman::bench {

// A non-blocking stream socket without Nagle's delay.
class Socket {
 public:
  explicit Socket(int descriptor);
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  // Throw std::system_error.
  static Socket connect(std::uint16_t port);
  static Socket listen(std::uint16_t port);  // 0: a free one

  int descriptor() const { return descriptor_; }
  std::uint16_t port() const;

  // How much went. Nothing goes: 0 when there is no room or nothing to read now, -1 at the end or on an error.
  std::ptrdiff_t send(std::string_view bytes) const;
  std::ptrdiff_t receive(std::span<char> room) const;

 private:
  int descriptor_;
};

}  // namespace pointsman::bench
