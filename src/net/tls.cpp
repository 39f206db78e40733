#include "pointsman/net/tls.hpp"

#include <openssl/err.h>

namespace pointsman::net {

SslContext make_context(const SSL_METHOD* method) {
  ERR_clear_error();
  const SslContext context(SSL_CTX_new(method), SslFree{});
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) return nullptr;
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Without renegotiation no write ever has to wait for the other side's bytes.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  // Truncation must not look like an end: an EOF without close_notify stays an error (RFC 8446 §6.1).
  SSL_CTX_clear_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  // A record's head and the rest of it in one system call.
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

bool use(const config::Identity& identity, SSL_CTX* context) {
  const auto& certificates = identity.certificates;
  ERR_clear_error();
  bool fine = SSL_CTX_use_certificate(context, certificates.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1;
  for (auto next = certificates.begin() + 1; fine && next != certificates.end(); ++next) {
    fine = SSL_CTX_add1_chain_cert(context, next->get()) == 1;
  }
  return fine;
}

std::string tls_error_text() {
  std::string text;
  while (const auto code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : "error " + std::to_string(code);
  }
  return text.empty() ? "the connection ended" : text;
}

}  // namespace pointsman::net
