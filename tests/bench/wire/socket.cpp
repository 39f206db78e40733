#include "wire/socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pointsman::bench {
namespace {

constexpr int backlog = 4096;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void check(bool succeeded, const char* what) {
  if (!succeeded) throw std::system_error(errno, std::system_category(), what);
}

int new_socket() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(descriptor >= 0, "socket");
  return descriptor;
}

std::ptrdiff_t amount(ssize_t moved) { return moved < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : moved; }

}  // namespace

Socket::Socket(int descriptor) : descriptor_(descriptor) {
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket Socket::connect(std::uint16_t port) {
  const int descriptor = new_socket();
  const auto address = loopback(port);
  const int result = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  Socket socket(descriptor);
  check(result == 0, "connect");
  return socket;
}

Socket Socket::listen(std::uint16_t port) {
  Socket socket(new_socket());
  const int on = 1;
  const auto address = loopback(port);
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  check(::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  check(::listen(socket.descriptor(), backlog) == 0, "listen");
  return socket;
}

std::uint16_t Socket::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

std::ptrdiff_t Socket::send(std::string_view bytes) const {
  return amount(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

std::ptrdiff_t Socket::receive(std::span<char> room) const {
  const auto received = ::recv(descriptor_, room.data(), room.size(), 0);
  return received == 0 ? -1 : amount(received);
}

}  // namespace pointsman::bench
