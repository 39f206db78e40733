#pragma once

#include <string>

#include "pointsman/upstream/exchange.hpp"

namespace pointsman::proxy {

// The body of an answer that is looked at before it is known whether the client gets it. What came stays in the
// exchange's buffer as it came, so that relay() can still pass it on.
struct WholeBody {
  std::string text;  // as much of it as came
  bool whole = false;
  bool clean = false;  // nothing stood behind it: the connection may serve another request
};

inline constexpr std::size_t largest_kept_body = 64 * 1024;
inline constexpr Milliseconds longest_look{500};

// Within these two bounds.
net::Task<WholeBody> read_whole_body(net::Worker& worker, upstream::Exchange& exchange, const http::Limits& limits);

}  // namespace pointsman::proxy
