#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "pointsman/base/error.hpp"

namespace pointsman::net {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Ssl = std::unique_ptr<SSL, SslFree>;

// How we speak TLS to endpoints: 1.2 and up, the system's authorities, the certificate must be for the host. Immutable
// once made; OpenSSL counts references atomically, so all workers share one.
class TlsClient {
 public:
  static Result<TlsClient> create();

  // A session for a connection to `host`; the socket is set later. Server Name Indication is sent unless the host is an
  // IP literal (RFC 6066 §3).
  Ssl session(const std::string& host) const;

 private:
  explicit TlsClient(SSL_CTX* context) : context_(context, SslFree{}) {}
  std::shared_ptr<SSL_CTX> context_;
};

// What OpenSSL says went wrong on this thread last, in words; clears its queue.
std::string tls_error_text();

}  // namespace pointsman::net
