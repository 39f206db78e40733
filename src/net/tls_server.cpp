#include "pointsman/net/tls_server.hpp"

#include <openssl/err.h>

namespace pointsman::net {
namespace {

// A client that does not speak HTTP/1.1 is told so (RFC 7301 §3.2), rather than answered in what it does not expect.
int choose_http1(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                 unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, size, http1, sizeof http1 - 1, offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<TlsServer> TlsServer::create(const config::Identity& identity) {
  const auto context = make_context(TLS_server_method());
  if (!context || !use(identity, context.get())) {
    return Error{ErrorCode::invalid_input, Origin::ourselves, false,
                 "the certificate cannot be used (OpenSSL: " + tls_error_text() + ")"};
  }
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http1, nullptr);
  return TlsServer(context);
}

Ssl TlsServer::session() const {
  ERR_clear_error();
  Ssl ssl(SSL_new(context_.get()));
  if (ssl) SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace pointsman::net
