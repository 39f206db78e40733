#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pointsman/base/error.hpp"
#include "pointsman/net/stream.hpp"
#include "pointsman/net/tls_client.hpp"

namespace pointsman::net {

// Where and how to connect.
struct Destination {
  const std::vector<PeerAddress>& addresses;  // tried one after the other
  const TlsClient* tls;                       // nullptr: plain
  Milliseconds timeout;                       // for all of it, TLS included
};

// A stream being dialled, so that another coroutine's callback can end the attempt: cancel() makes dial() return.
class Dialer {
 public:
  explicit Dialer(Worker& worker) : worker_(worker) {}

  // Errors: unreachable (refused, no route, no address, TLS failed), timeout, cancelled; all may be retried, because
  // nothing of a request was sent.
  Task<Result<std::unique_ptr<Stream>>> dial(Destination destination);
  void cancel();

 private:
  Worker& worker_;
  Stream* dialling_ = nullptr;
  bool cancelled_ = false;
};

// An address as people write it: 127.0.0.1:80, [::1]:80, unix:/run/x.sock.
std::string text(const PeerAddress& address);

}  // namespace pointsman::net
