#include "pointsman/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

namespace pointsman::net {

Result<TlsClient> TlsClient::create() {
  TlsClient tls(SSL_CTX_new(TLS_client_method()));
  auto* context = tls.context_.get();
  static constexpr unsigned char http1[] = "\x08http/1.1";
  const bool ready = context != nullptr && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                     SSL_CTX_set_default_verify_paths(context) == 1 &&
                     SSL_CTX_set_alpn_protos(context, http1, sizeof http1 - 1) == 0;
  if (!ready)
    return Error{ErrorCode::internal, Origin::ourselves, false, "OpenSSL cannot be set up: " + tls_error_text()};
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Truncation must not look like an end: an EOF without close_notify stays an error (RFC 8446 §6.1).
  SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  return tls;
}

Ssl TlsClient::session(const std::string& host) const {
  Ssl ssl(SSL_new(context_.get()));
  if (!ssl) return ssl;
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  if (not_an_address) {
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    SSL_set1_host(ssl.get(), host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  }
  return ssl;
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
