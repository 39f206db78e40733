#include "pointsman/ledger/sums.hpp"

#include <limits>

namespace pointsman::ledger {
namespace {

// A sum that is too large stays at the largest.
void add(std::int64_t& sum, std::int64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

void add(Told& sum, const Told& more) {
  if (sum && more) add(*sum, *more);
  if (!sum) sum = more;
}

Told told(std::int64_t tokens) { return tokens < 0 ? Told() : Told(tokens); }

}  // namespace

Sums& Sums::operator+=(const Sums& other) {
  add(requests, other.requests);
  add(errors, other.errors);
  add(without_usage, other.without_usage);
  add(input_tokens, other.input_tokens);
  add(cached_tokens, other.cached_tokens);
  add(output_tokens, other.output_tokens);
  add(reasoning_tokens, other.reasoning_tokens);
  add(bytes_in, other.bytes_in);
  add(bytes_out, other.bytes_out);
  return *this;
}

bool tells_tokens(const observe::AccessRecord& record) {
  return record.input_tokens >= 0 || record.output_tokens >= 0 || record.cached_tokens >= 0 ||
         record.reasoning_tokens >= 0;
}

bool is_without_usage(const observe::AccessRecord& record) {
  const bool began = (record.method == "POST" && record.status / 100 == 2) || record.status == 101;
  return !record.endpoint.empty() && !record.served_model.empty() && began && !tells_tokens(record);
}

bool is_known_model(const observe::AccessRecord& record) { return record.is_known_model || !record.endpoint.empty(); }

Sums sums_of(const observe::AccessRecord& record) {
  Sums sums;
  sums.requests = 1;
  sums.errors = record.origin && record.ended != observe::Ended::client_left ? 1 : 0;
  sums.without_usage = is_without_usage(record) ? 1 : 0;
  sums.bytes_in = static_cast<std::int64_t>(record.bytes_in);
  sums.bytes_out = static_cast<std::int64_t>(record.bytes_out);
  if (record.background == observe::Background::fetched) return sums;
  sums.input_tokens = told(record.input_tokens);
  sums.cached_tokens = told(record.cached_tokens);
  sums.output_tokens = told(record.output_tokens);
  sums.reasoning_tokens = told(record.reasoning_tokens);
  return sums;
}

}  // namespace pointsman::ledger
