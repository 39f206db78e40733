#pragma once

#include <optional>
#include <string_view>

#include "pointsman/registry/api.hpp"
#include "pointsman/registry/capability.hpp"

namespace pointsman::proxy {

// What the answer to a client's request says about the capability that the request relied on.
struct LiveVerdict {
  registry::Verdict verdict = registry::Verdict::unknown;
  bool of_route = false;  // it holds for every model of the endpoint

  bool operator==(const LiveVerdict&) const = default;
};

// An answer that came to its end.
struct LiveAnswer {
  int status = 0;
  std::string_view beginning;  // of its body, as far as it was kept
  bool whole = true;           // there was no more
};

// `model` is its name there, `known` the verdict by which the endpoint was chosen. Nothing: the answer says nothing
// new. An answer that may be about the request (a wrong value, a model or a response that is not there, a feature such
// as tools) never counts against a capability; nor do words that stand where a server repeats what the client sent, or
// any client could take an API from all others.
std::optional<LiveVerdict> live_verdict(registry::Api api, std::string_view model, registry::Verdict known,
                                        const LiveAnswer& answer);

// Whether the beginning of an answer with this status, and with `first` as its first bytes, is worth keeping.
bool may_tell(int status, std::string_view first);

inline constexpr std::size_t kept_beginning = 512;  // bytes

}  // namespace pointsman::proxy
