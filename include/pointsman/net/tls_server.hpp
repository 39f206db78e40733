#pragma once

#include "pointsman/base/error.hpp"
#include "pointsman/config/certificate.hpp"
#include "pointsman/net/tls.hpp"

namespace pointsman::net {

// How we speak TLS on a listener, with one certificate: a new certificate is a new TlsServer. Clients resume their
// sessions by tickets alone, so that workers share no cache. A value that is cheap to copy, from any thread.
class TlsServer {
 public:
  static Result<TlsServer> create(const config::Identity& identity);

  // For a new connection; the socket is set later. Null, with what is wrong in OpenSSL's queue, if there is none to be
  // had.
  Ssl session() const;

 private:
  explicit TlsServer(SslContext context) : context_(std::move(context)) {}

  SslContext context_;
};

}  // namespace pointsman::net
