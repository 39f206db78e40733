#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
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
  std::vector<net::PeerAddress> addresses;  // where to connect; empty: where the URL's host leads
};

// Asks one endpoint questions, each on a connection of its own that is then thrown away. Runs on the coroutine's
// executor, the control plane's; not for the request path.
class Client {
 public:
  static constexpr std::size_t largest_head = 64 * 1024;   // bytes
  static constexpr std::size_t largest_body = 4ull << 20;  // bytes

  explicit Client(Target target) : target_(std::move(target)), addresses_(target_.addresses) {}

  const Target& target() const { return target_; }

  // The answer, whatever it says, or why there is none when `deadline` comes, which alone ends the waiting. Redirects
  // are not followed. Should the endpoint tell us our own key, it is blotted out.
  net::Task<Observation> ask(Question question, std::chrono::steady_clock::time_point deadline);

 private:
  struct Lookup;
  net::Task<bool> resolve(Observation& seen, std::chrono::steady_clock::time_point deadline);

  Target target_;
  std::vector<net::PeerAddress> addresses_;  // once resolved
};

}  // namespace pointsman::probe
