#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pointsman/base/secret.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/net/tls_client.hpp"
#include "pointsman/probe/observation.hpp"

namespace pointsman::probe {

// What to probe.
struct Target {
  config::Url url;
  Secret api_key;  // empty: none is sent
  std::string api_key_header{config::authorization_field};
  Milliseconds timeout{5'000};        // for each request
  std::optional<net::TlsClient> tls;  // for https; absent: the probe makes one that trusts the system's authorities
  std::vector<net::PeerAddress> addresses;                  // where to connect; empty: where the URL's host leads
  std::vector<std::pair<std::string, Secret>> fields = {};  // further ones that it is sent
};

// Asks one endpoint questions, each on a connection of its own that is then thrown away. Runs on the coroutine's
// executor, the control plane's; not for the request path.
class Client {
 public:
  static constexpr std::size_t largest_head = 64 * 1024;   // bytes
  static constexpr std::size_t largest_body = 4ull << 20;  // bytes

  explicit Client(Target target) : target_(std::move(target)), addresses_(target_.addresses) {}

  const Target& target() const { return target_; }
  // Where it connects to, once that is known.
  const std::vector<net::PeerAddress>& addresses() const { return addresses_; }

  // The answer, whatever it says, or why there is none when `deadline` comes, which alone ends the waiting. Redirects
  // are not followed. Should the endpoint tell us our own key or such a field, it is blotted out.
  net::Task<Observation> ask(Question question, std::chrono::steady_clock::time_point deadline);
  // Asks nothing: connects, through TLS where the URL says so, and says why that fails. Its status is 0.
  net::Task<Observation> reach(std::chrono::steady_clock::time_point deadline);

 private:
  struct Lookup;
  net::Task<bool> resolve(Observation& seen, std::chrono::steady_clock::time_point deadline);

  Target target_;
  std::vector<net::PeerAddress> addresses_;  // once resolved
};

}  // namespace pointsman::probe
