#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "pointsman/api/rate_limit.hpp"
#include "pointsman/api/router.hpp"
#include "pointsman/observe/access_log.hpp"
#include "pointsman/observe/trace.hpp"

namespace pointsman::api {

// What a request took of its key's limits, and what its answer says of them.
struct Admission final : proxy::RateLimits {
  void append_to(std::string& head) const override { append_rate_limits(head, standing); }

  access::Allowance allowance;
  access::Standing standing;
};

// One request, and what the access log will say of it.
struct Router::Visit {
  RequestIds::Id id;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  Match match;
  access::KeyRingPtr keys;
  const config::Key* key = nullptr;  // of these keys
  std::string_view key_name;         // also of one that was refused; of these keys
  bool has_wrong_key = false;
  Seldom<Admission> admission;       // absent: its key has no limits
  Seldom<proxy::Decision> decision;  // absent: the client does not ask for it, or may not
  std::string model;
  std::string_view method;
  std::uint64_t bytes_in = 0;
  bool stream = false;
  observe::Background background = observe::Background::none;
  std::unique_ptr<observe::Trace> trace;  // nullptr: it has none
  proxy::Outcome outcome;                 // what came of it, at an endpoint or here
};

// When the client had done its part, for what it is told of the time.
inline std::chrono::steady_clock::time_point end_of(const Reading& reading) {
  const auto came = reading.body_came;
  return came == std::chrono::steady_clock::time_point() ? std::chrono::steady_clock::now() : came;
}

}  // namespace pointsman::api
