#pragma once

#include <string>

namespace pointsman::proxy {

// What is left of the limits of a client's key, for the head of an answer that an endpoint sent without such fields.
// Not a text, because it would be kept for as long as the answer streams.
class RateLimits {
 public:
  // The x-ratelimit-* fields, each ending in CRLF.
  virtual void append_to(std::string& head) const = 0;

 protected:
  ~RateLimits() = default;
};

}  // namespace pointsman::proxy
