#include <iostream>

#include "pointsman/config/certificate.hpp"
#include "pointsman/config/load.hpp"
#include "pointsman/config/tls_section.hpp"
#include "pointsman/config/url.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/run_task.hpp"
#include "pointsman/probe/presentation.hpp"

namespace pointsman::daemon {
namespace {

// Whom to trust, as the command line says. Returns what is wrong with that.
std::string secure(const ProbeOptions& options, probe::Target& target) {
  if (options.authorities.empty() && options.server_name.empty() && !options.insecure) return "";
  if (target.url.scheme != "https") return "--ca, --server-name and --insecure are for an https:// URL";
  if (!options.authorities.empty()) {
    const auto certificates = config::read_certificates(options.authorities);
    if (!certificates) return "--ca names a file that is not usable: " + certificates.error().message;
  }
  config::EndpointTls tls;
  if (!options.server_name.empty()) {
    tls.server_name = config::certified_name(options.server_name);
    if (tls.server_name.empty()) return "--server-name must be a name or an address, such as gpu.example";
  }
  tls.ca = options.authorities;
  tls.verify = !options.insecure;
  auto client = net::TlsClient::create(target.url, tls);
  if (!client) return client.error().message;
  target.tls = std::move(*client);
  return "";
}

}  // namespace

int probe_url(const ProbeOptions& options) {
  const auto url = config::parse_url(options.url);
  if (!url) {
    std::cerr << "pointsman: " << url.error().message << "\n";
    return exit_usage;
  }
  probe::Target target;
  target.url = *url;
  target.timeout = Milliseconds(static_cast<Milliseconds::rep>(options.timeout_seconds * 1000));
  if (!options.key_variable.empty()) {
    auto key = config::process_environment()(options.key_variable);
    if (!key) {
      std::cerr << "pointsman: the environment variable " << options.key_variable << " is not set\n";
      return exit_usage;
    }
    target.api_key = Secret(std::move(*key));
  }
  if (const auto wrong = secure(options, target); !wrong.empty()) {
    std::cerr << "pointsman: " << wrong << "\n";
    return exit_usage;
  }
  const SystemClock clock;
  const auto findings = run(probe::probe(target, {}, clock));
  std::cout << (options.json ? probe::json(target, findings) : probe::table(target, findings)) << std::flush;
  return probe::is_usable(findings) ? exit_ok : exit_failure;
}

}  // namespace pointsman::daemon
