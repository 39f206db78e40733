#include "support/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "support/kept_output.hpp"
#include "support/receive_queue.hpp"

namespace pointsman::test {

namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

int Response::status() const {
  const auto word = start_word(1);
  return word.empty() ? 0 : std::stoi(std::string(word));
}

std::string Response::field(std::string_view name) const {
  const auto* value = header(name);
  return value == nullptr ? "" : *value;
}

RawClient::RawClient(std::uint16_t port, Milliseconds deadline) : deadline_(deadline) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw_errno("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const int error = errno;
    close();
    throw std::system_error(error, std::generic_category(), "connect to port " + std::to_string(port));
  }
  const int on = 1;
  if (::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) throw_errno("setsockopt");
}

RawClient::~RawClient() { close(); }

void RawClient::send(std::string_view bytes) {
  keep_secrets_of_request(bytes);
  while (!bytes.empty()) {
    wait(POLLOUT, "room to send");
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      throw_errno("send");
    }
  }
}

void RawClient::send_split(std::string_view bytes, const std::vector<std::size_t>& offsets) {
  std::size_t begin = 0;
  for (const auto offset : offsets) {
    send(bytes.substr(begin, offset - begin));
    begin = offset;
    if (begin > 0) wait_until_read(local_port());
  }
  send(bytes.substr(begin));
}

Response RawClient::read_response(bool to_head) {
  using demo::MessageReader;
  Response response;
  while (true) {
    MessageReader reader(to_head ? MessageReader::Expect::response_without_body : MessageReader::Expect::response);
    while (true) {
      received_.erase(0, reader.feed(received_));
      if (reader.state() == MessageReader::State::complete || reader.state() == MessageReader::State::broken) break;
      const auto read = receive();
      if (read == Read::end) reader.end();
      if (read == Read::reset) {
        response.fault = "the connection was reset";
        break;
      }
    }
    response.complete = reader.state() == MessageReader::State::complete;
    if (response.fault.empty()) response.fault = reader.fault();
    auto message = reader.take();
    const bool interim = response.complete && message.start_word(1).starts_with('1') && message.start_word(1) != "101";
    if (!interim) {
      static_cast<demo::Message&>(response) = std::move(message);
      // What an endpoint says is its own affair.
      if (response.header("x-pointsman-endpoint") == nullptr) keep_output("an answer to a client", response.raw);
      return response;
    }
    response.interim.push_back(std::move(message));
  }
}

std::string RawClient::read_some() {
  if (received_.empty()) receive();
  return std::exchange(received_, {});
}

std::string RawClient::read_to_end() {
  while (receive() == Read::bytes) {
  }
  return std::exchange(received_, {});
}

bool RawClient::at_end() { return received_.empty() && receive() != Read::bytes; }

bool RawClient::has_ended() const {
  char byte = 0;
  const auto got = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

std::uint16_t RawClient::local_port() const {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) throw_errno("getsockname");
  return ntohs(address.sin_port);
}

void RawClient::half_close() {
  if (::shutdown(socket_, SHUT_WR) != 0) throw_errno("shutdown");
}

void RawClient::reset() {
  const linger abort{.l_onoff = 1, .l_linger = 0};
  if (::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort)) != 0) throw_errno("setsockopt");
  close();
}

void RawClient::send_and_close(std::string_view bytes) {
  const int on = 1;
  if (::setsockopt(socket_, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)) != 0) throw_errno("setsockopt");
  send(bytes);
  close();
}

void RawClient::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

RawClient::Read RawClient::receive() {
  wait(POLLIN, "an answer");
  std::array<char, 64 * 1024> bytes;
  const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (got < 0) return Read::reset;
  received_.append(bytes.data(), static_cast<std::size_t>(got));
  return got == 0 ? Read::end : Read::bytes;
}

void RawClient::wait(short events, std::string_view what) {
  pollfd poll_for{.fd = socket_, .events = events, .revents = 0};
  const int ready = ::poll(&poll_for, 1, static_cast<int>(deadline_.count()));
  if (ready < 0) throw_errno("poll");
  if (ready == 0) {
    throw std::runtime_error("waited in vain for " + std::string(what) +
                             "; received so far: " + received_.substr(0, 500));
  }
}

Response ask(std::uint16_t port, std::string_view method, std::string_view target, std::string_view body,
             const std::vector<demo::Header>& headers) {
  std::string request = std::string(method) + ' ' + std::string(target) +
                        " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  if (!body.empty() || method == "POST") {
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  RawClient client(port);
  client.send(request + "\r\n" + std::string(body));
  return client.read_response(method == "HEAD");
}

}  // namespace pointsman::test
