#include "pointsman/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace pointsman::net {
namespace {

// Whom the certificate has to be for.
std::string name_wanted(SSL* session) {
  auto* wanted = SSL_get0_param(session);
  if (const char* host = X509_VERIFY_PARAM_get0_host(wanted, 0)) return host;
  const std::unique_ptr<char, void (*)(char*)> address(X509_VERIFY_PARAM_get1_ip_asc(wanted),
                                                       [](char* text) { OPENSSL_free(text); });
  return address ? address.get() : "";
}

std::string mismatch(SSL* session) {
  const auto* shown = SSL_get_peer_cert_chain(session);
  const auto names = sk_X509_num(shown) > 0 ? config::names_of(sk_X509_value(shown, 0)) : "";
  return "it is for " + (names.empty() ? "no name" : names) + ", not for " + name_wanted(session);
}

}  // namespace

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

std::optional<Distrust> distrust(SSL* session) {
  const long verdict = SSL_get_verify_result(session);
  if (SSL_get_verify_mode(session) == SSL_VERIFY_NONE || verdict == X509_V_OK) return std::nullopt;
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return Distrust{true, mismatch(session)};
  }
  return Distrust{false, X509_verify_cert_error_string(verdict)};
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
