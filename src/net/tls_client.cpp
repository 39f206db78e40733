#include "pointsman/net/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

#include "pointsman/config/certificate.hpp"
#include "pointsman/net/tls_sessions.hpp"

namespace pointsman::net {
namespace {

Error unusable(std::string what) { return {ErrorCode::invalid_input, Origin::ourselves, false, std::move(what)}; }

Error openssl_fails(const std::string& what) { return unusable(what + " (OpenSSL: " + tls_error_text() + ")"); }

// The sessions live exactly as long as the context: a connection, which holds the context, may bring a new one after
// everybody else has forgotten the endpoint.
int sessions_index() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* sessions, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<TlsSessions*>(sessions); });
  return index;
}

TlsSessions& sessions_of(const SSL_CTX* context) {
  return *static_cast<TlsSessions*>(SSL_CTX_get_ex_data(context, sessions_index()));
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  sessions_of(SSL_get_SSL_CTX(ssl)).keep(session);
  return 0;  // it stays OpenSSL's
}

Result<TlsClient::Authorities> authorities_in(const std::string& file) {
  const auto certificates = config::read_certificates(file);
  if (!certificates) return unusable("`tls.ca` names a file that is not usable: " + certificates.error().message);
  const TlsClient::Authorities store(X509_STORE_new(), X509_STORE_free);
  for (const auto& each : *certificates) {
    if (!store || X509_STORE_add_cert(store.get(), each.get()) != 1) {
      return openssl_fails("the authorities that `tls.ca` names cannot be used");
    }
  }
  // Whom the operator names is trusted, whether or not somebody else has signed his certificate.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

Result<void> load_system_authorities(TlsClient::Authorities& system) {
  if (system) return {};
  const TlsClient::Authorities store(X509_STORE_new(), X509_STORE_free);
  if (!store || X509_STORE_set_default_paths(store.get()) != 1) {
    return openssl_fails("the authorities of the system cannot be read");
  }
  system = store;
  return {};
}

Result<void> show_certificate(SSL_CTX* context, const config::CertificateFiles& files) {
  const auto identity = config::read_identity(files);
  if (!identity) return unusable("`tls.certificate` or `tls.key` is wrong: " + identity.error().message);
  if (use(*identity, context)) return {};
  return openssl_fails("the certificate that `tls.certificate` names cannot be used");
}

bool is_address(const std::string& name) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(name, not_an_address);
  return !not_an_address;
}

}  // namespace

Result<TlsClient> TlsClient::create(const config::Url& url, const config::EndpointTls& settings) {
  Authorities system;
  return create(url, settings, system);
}

Result<TlsClient> TlsClient::create(const config::Url& url, const config::EndpointTls& settings, Authorities& system) {
  const auto context = make_context(TLS_client_method());
  auto sessions = std::make_unique<TlsSessions>();
  const bool ready = context && SSL_CTX_set_alpn_protos(context.get(), http1, sizeof http1 - 1) == 0 &&
                     SSL_CTX_set_ex_data(context.get(), sessions_index(), sessions.get()) == 1;
  if (!ready) return openssl_fails("TLS cannot be set up");
  sessions.release();
  // The context's own cache would take a lock.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), keep_session);

  SSL_CTX_set_verify(context.get(), settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!settings.ca.empty()) {
    const auto authorities = authorities_in(settings.ca);
    if (!authorities) return authorities.error();
    SSL_CTX_set1_cert_store(context.get(), authorities->get());
  } else if (settings.verify) {
    if (const auto loaded = load_system_authorities(system); !loaded) return loaded.error();
    SSL_CTX_set1_cert_store(context.get(), system.get());
  }
  if (settings.certificate) {
    if (const auto shown = show_certificate(context.get(), *settings.certificate); !shown) return shown.error();
  }
  return TlsClient(context, settings.server_name.empty() ? url.host : settings.server_name);
}

Ssl TlsClient::session() const {
  ERR_clear_error();
  Ssl ssl(SSL_new(context_.get()));
  if (!ssl) return nullptr;
  SSL_set_connect_state(ssl.get());
  // Server Name Indication is for names alone (RFC 6066 §3).
  const bool named = is_address(server_name_)
                         ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), server_name_.c_str()) == 1
                         : SSL_set_tlsext_host_name(ssl.get(), server_name_.c_str()) == 1 &&
                               SSL_set1_host(ssl.get(), server_name_.c_str()) == 1;
  if (!named) return nullptr;

  const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> earlier(sessions_of(context_.get()).take(),
                                                                          SSL_SESSION_free);
  if (earlier) {
    SSL_set_session(ssl.get(), earlier.get());
    // A session of TLS 1.2 may be used again, and its endpoint may not hand out another one.
    if (SSL_SESSION_get_protocol_version(earlier.get()) < TLS1_3_VERSION)
      sessions_of(context_.get()).keep(earlier.get());
  }
  return ssl;
}

Result<TlsClients> make_tls_clients(const std::vector<config::Endpoint>& endpoints) {
  TlsClients clients;
  TlsClient::Authorities system;
  for (const auto& endpoint : endpoints) {
    if (endpoint.url.scheme != "https") continue;
    auto client = TlsClient::create(endpoint.url, endpoint.tls, system);
    if (!client) return unusable("endpoint " + endpoint.name + ": " + client.error().message);
    clients.emplace(endpoint.name, std::move(*client));
  }
  return clients;
}

}  // namespace pointsman::net
