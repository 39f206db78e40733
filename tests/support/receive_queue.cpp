#include "support/receive_queue.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

namespace pointsman::test {

namespace {

constexpr int most_files = 256;
constexpr std::chrono::seconds patience{1};
constexpr std::chrono::microseconds shortest_pause{20};  // between two looks
constexpr std::chrono::microseconds longest_pause{1'000};

struct OwnEnd {
  int socket;
  std::uint16_t remote_port;
};

using NameOf = int (*)(int, sockaddr*, socklen_t*);

// 0: this is not the socket of a connection.
std::uint16_t port_of(NameOf name_of, int file) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (name_of(file, reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sin_family != AF_INET) return 0;
  return ntohs(address.sin_port);
}

// Found among our own files: to ask for all sockets of the machine takes milliseconds once many have been closed.
std::vector<OwnEnd> own_ends(std::uint16_t local_port) {
  std::vector<OwnEnd> ends;
  for (int file = 0; file < most_files; ++file) {
    if (port_of(::getsockname, file) != local_port) continue;
    if (const auto remote_port = port_of(::getpeername, file)) ends.push_back({file, remote_port});
  }
  return ends;
}

class Netlink {
 public:
  Netlink() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}
  ~Netlink() {
    if (socket_ >= 0) ::close(socket_);
  }
  Netlink(const Netlink&) = delete;
  Netlink& operator=(const Netlink&) = delete;

  // How much the socket with this port, connected to that one, holds that was not read; nothing if it is not open.
  std::optional<std::size_t> unread(std::uint16_t port, std::uint16_t peer_port) const {
    struct {
      nlmsghdr header{};
      inet_diag_req_v2 request{};
    } question;
    question.header.nlmsg_len = sizeof question;
    question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.header.nlmsg_flags = NLM_F_REQUEST;
    auto& [family, protocol, extensions, padding, states, id] = question.request;
    family = AF_INET;
    protocol = IPPROTO_TCP;
    id.idiag_sport = htons(port);
    id.idiag_dport = htons(peer_port);
    id.idiag_src[0] = id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
    id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (::send(socket_, &question, sizeof question, 0) < 0) return std::nullopt;

    alignas(nlmsghdr) std::array<char, 4096> bytes;
    const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    const auto* answer = reinterpret_cast<const nlmsghdr*>(bytes.data());
    if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(inet_diag_msg)))) return std::nullopt;
    if (answer->nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
    const auto* found = static_cast<const inet_diag_msg*>(NLMSG_DATA(answer));
    const bool is_open = found->idiag_state == TCP_ESTABLISHED || found->idiag_state == TCP_CLOSE_WAIT;
    return is_open ? std::optional<std::size_t>(found->idiag_rqueue) : std::nullopt;
  }

 private:
  int socket_;
};

}  // namespace

std::size_t open_there(std::uint16_t local_port) {
  const Netlink netlink;
  const auto ends = own_ends(local_port);
  return static_cast<std::size_t>(std::ranges::count_if(
      ends, [&](const OwnEnd& end) { return netlink.unread(end.remote_port, local_port).has_value(); }));
}

std::size_t unread_there(std::uint16_t local_port) {
  const Netlink netlink;
  std::size_t bytes = 0;
  for (const auto& end : own_ends(local_port)) bytes += netlink.unread(end.remote_port, local_port).value_or(0);
  return bytes;
}

std::size_t unread_here(std::uint16_t local_port) {
  std::size_t bytes = 0;
  for (const auto& end : own_ends(local_port)) {
    int unread = 0;
    if (::ioctl(end.socket, FIONREAD, &unread) == 0) bytes += static_cast<std::size_t>(unread);
  }
  return bytes;
}

void wait_until_read(std::uint16_t local_port) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  auto pause = shortest_pause;
  while (unread_there(local_port) > 0 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(pause);  // whoever shall read needs the processor more than we do
    pause = std::min(2 * pause, longest_pause);
  }
}

}  // namespace pointsman::test
