#include "pointsman/access/awaited_responses.hpp"

#include <algorithm>
#include <utility>

namespace pointsman::access {

void AwaitedResponses::add(Allowance estimated) {
  if (awaited_.size() == most) drop_oldest();
  awaited_.push_back({std::move(estimated)});
}

void AwaitedResponses::began() {
  const auto next = std::ranges::find(awaited_, false, &Awaited::has_begun);
  if (next != awaited_.end()) next->has_begun = true;
}

void AwaitedResponses::ended(std::optional<std::uint64_t> tokens, const Moment& now) {
  if (awaited_.empty()) return spend(tokens.value_or(0), now);
  if (tokens) awaited_.front().allowance.settle(*tokens, now);
  drop_oldest();
}

void AwaitedResponses::failed(std::uint64_t tokens, const Moment& now) {
  if (awaited_.empty()) spend(tokens, now);
  if (others_ > 0) {
    --others_;
    return;
  }
  if (awaited_.size() != 1 || awaited_.front().has_begun) return;
  awaited_.front().allowance.settle(tokens, now);
  drop_oldest();
}

void AwaitedResponses::spend(std::uint64_t tokens, const Moment& now) {
  if (last_) {
    last_->spend(tokens, now);
  } else if (connection_ != nullptr) {
    connection_->spend(tokens, now);
  }
}

void AwaitedResponses::drop_oldest() {
  last_ = std::move(awaited_.front().allowance);
  awaited_.erase(awaited_.begin());
}

}  // namespace pointsman::access
