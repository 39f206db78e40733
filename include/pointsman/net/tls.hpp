#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "pointsman/config/certificate.hpp"

// What both sides of TLS have in common: see TlsClient for what we dial, TlsServer for what we listen on.
namespace pointsman::net {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Ssl = std::unique_ptr<SSL, SslFree>;
// OpenSSL counts references atomically and changes nothing in it once it is set up, so all workers share one.
using SslContext = std::shared_ptr<SSL_CTX>;

// Set up for what we speak, TLS 1.2 and up over sockets that do not block; nullptr: OpenSSL cannot.
SslContext make_context(const SSL_METHOD* method);

// Shows the certificate to the other side. False: OpenSSL refuses it.
bool use(const config::Identity& identity, SSL_CTX* context);

// Why the other side's certificate is not to be trusted.
struct Distrust {
  bool is_for_another_name = false;
  std::string reason;  // OpenSSL's words, or "it is for gpu.example, not for 10.0.0.1"
};
// Of a client's session whose handshake failed; nothing: it did not fail for that.
std::optional<Distrust> distrust(SSL* session);

// The one protocol that we speak inside of TLS, as ALPN writes it.
inline constexpr unsigned char http1[] = "\x08http/1.1";

// What OpenSSL says went wrong on this thread last, in words; clears its queue.
std::string tls_error_text();

}  // namespace pointsman::net
