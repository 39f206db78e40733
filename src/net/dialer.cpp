#include "pointsman/net/dialer.hpp"

#include <sys/un.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>

namespace pointsman::net {

Task<Result<std::unique_ptr<Stream>>> Dialer::dial(Destination destination) {
  const auto deadline = worker_.now() + destination.timeout;
  Error last{ErrorCode::unreachable, Origin::upstream, true, "its name has no address"};
  for (const auto& address : destination.addresses) {
    if (cancelled_) break;
    Socket socket(worker_.executor());
    error_code error;
    socket.open(address.protocol(), error);
    if (error) {
      // Our machine has none left (descriptors, memory), which says nothing of the endpoint.
      last = {ErrorCode::overloaded, Origin::ourselves, false, "no socket for a connection: " + error.message()};
      continue;
    }
    auto stream = std::make_unique<Stream>(worker_, std::move(socket));
    stream->expire_at(deadline);
    dialling_ = stream.get();
    const auto [failed] = co_await stream->connect(address);
    std::string reason = failed ? failed.message() : "";
    if (!failed && destination.tls != nullptr) {
      const auto secured = co_await stream->start_tls(destination.tls->session());
      if (!secured) reason = "TLS failed: " + secured.error().message;
    }
    dialling_ = nullptr;
    if (cancelled_) co_return Error{ErrorCode::cancelled, Origin::client, false, "the client left"};
    if (stream->timed_out()) {
      co_return Error{ErrorCode::timeout, Origin::upstream, true,
                      text(address) + " did not answer within " + std::to_string(destination.timeout.count()) + " ms"};
    }
    if (reason.empty()) {
      stream->never_expire();
      co_return std::move(stream);
    }
    last.message = text(address) + ": " + reason;
  }
  if (cancelled_) co_return Error{ErrorCode::cancelled, Origin::client, false, "the client left"};
  co_return last;
}

void Dialer::cancel() {
  cancelled_ = true;
  if (dialling_ != nullptr) dialling_->close();
}

std::string text(const PeerAddress& address) {
  const auto* raw = reinterpret_cast<const char*>(address.data());
  const int family = address.protocol().family();
  if (family == AF_UNIX) {
    const auto offset = offsetof(sockaddr_un, sun_path);
    if (address.size() <= offset) return "unix:";
    const std::string_view path(raw + offset, address.size() - offset);
    return "unix:" + std::string(path.substr(0, path.find('\0')));
  }
  asio::ip::tcp::endpoint endpoint;
  if (address.size() > endpoint.capacity()) return "?";
  std::memcpy(endpoint.data(), raw, address.size());
  const auto host = endpoint.address().to_string();
  const auto port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

}  // namespace pointsman::net
