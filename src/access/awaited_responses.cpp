#include "pointsman/access/awaited_responses.hpp"

#include <utility>

namespace pointsman::access {

void AwaitedResponses::add(Allowance estimated) {
  if (auto oldest = awaited_.add(std::move(estimated))) last_ = std::move(oldest);
}

void AwaitedResponses::ended(std::string_view id, std::optional<std::uint64_t> tokens, const Moment& now) {
  auto ended = awaited_.end(id);
  if (!ended) return spend(tokens.value_or(0), now);
  if (tokens) ended->settle(*tokens, now);
  last_ = std::move(ended);
}

void AwaitedResponses::failed(std::uint64_t tokens, const Moment& now) {
  if (awaited_.empty()) spend(tokens, now);
  if (others_ > 0) {
    --others_;
    return;
  }
  auto refused = awaited_.end_only_one_not_begun();
  if (!refused) return;
  refused->settle(tokens, now);
  last_ = std::move(refused);
}

void AwaitedResponses::spend(std::uint64_t tokens, const Moment& now) {
  if (last_) {
    last_->spend(tokens, now);
  } else if (connection_ != nullptr) {
    connection_->spend(tokens, now);
  }
}

}  // namespace pointsman::access
