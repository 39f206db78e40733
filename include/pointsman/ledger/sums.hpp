#pragma once

#include <cstdint>
#include <optional>

#include "pointsman/observe/access_log.hpp"

namespace pointsman::ledger {

// Of tokens; absent: nobody told any, which is not 0.
using Told = std::optional<std::int64_t>;

// What requests took together. Tokens that an endpoint did not tell are in none of the sums; `without_usage` says of
// how many requests they are missing.
struct Sums {
  std::int64_t requests = 0;
  std::int64_t errors = 0;  // those that a client or we ourselves caused are among them; a client's leaving is none
  std::int64_t without_usage = 0;
  Told input_tokens;
  Told cached_tokens;
  Told output_tokens;
  Told reasoning_tokens;
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;

  // A sum that would be too large for its type stays at the largest.
  Sums& operator+=(const Sums& other);
  bool operator==(const Sums&) const = default;
};

// Of one request. What was fetched of a background response's tokens is not its own.
Sums sums_of(const observe::AccessRecord& record);

// An endpoint was asked for something that takes tokens, began to give it, and did not tell how many.
bool is_without_usage(const observe::AccessRecord& record);
bool tells_tokens(const observe::AccessRecord& record);

// An endpoint was asked for it, or has it; else it is whatever the client made up, and in no sum.
bool is_known_model(const observe::AccessRecord& record);

}  // namespace pointsman::ledger
