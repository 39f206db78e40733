#pragma once

#include <openssl/x509.h>

#include <map>
#include <string>
#include <vector>

#include "pointsman/base/error.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/net/tls.hpp"

namespace pointsman::net {

// How we speak TLS to one endpoint: its certificate must be for the endpoint's name and lead to an authority that we
// trust, and what its earlier sessions left makes handshakes short. A value that is cheap to copy; all copies share one
// state, from any thread. Making one reads files: that is for the start and for the control plane.
class TlsClient {
 public:
  static Result<TlsClient> create(const config::Url& url, const config::EndpointTls& settings);

  // For a new connection; the socket is set later. Null, with what is wrong in OpenSSL's queue, if there is none to be
  // had.
  Ssl session() const;

  // The authorities of all those that are to trust the system's: reading them takes milliseconds and a MiB.
  using Authorities = std::shared_ptr<X509_STORE>;
  static Result<TlsClient> create(const config::Url& url, const config::EndpointTls& settings, Authorities& system);

 private:
  TlsClient(SslContext context, std::string server_name)
      : context_(std::move(context)), server_name_(std::move(server_name)) {}

  SslContext context_;  // owns the sessions
  std::string server_name_;
};

// One for each endpoint with an https:// URL, by the endpoint's name. The error says which endpoint, and what to do.
using TlsClients = std::map<std::string, TlsClient, std::less<>>;
Result<TlsClients> make_tls_clients(const std::vector<config::Endpoint>& endpoints);

}  // namespace pointsman::net
