#include "pointsman/probe/listener_target.hpp"

namespace pointsman::probe {
namespace {

// Whoever listens on every address listens on loopback.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

}  // namespace

Result<Target> listener_target(const config::Listener& listener, Secret key, Milliseconds timeout) {
  Target target;
  target.timeout = timeout;
  target.api_key = std::move(key);
  target.url.host = reachable(listener.address.host);
  target.url.port = listener.address.port;
  target.url.unix_path = listener.address.unix_path;
  target.url.scheme = listener.tls ? "https" : listener.address.unix_path.empty() ? "http" : "unix";
  if (listener.tls) {
    // Only a key is not sent to whoever answers.
    config::EndpointTls settings;
    settings.verify = !target.api_key.empty();
    auto client = net::TlsClient::create(target.url, settings);
    if (!client) return client.error();
    target.tls = std::move(*client);
  }
  return target;
}

}  // namespace pointsman::probe
