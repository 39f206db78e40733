#include "pointsman/access/awaited_responses.hpp"

#include <algorithm>
#include <utility>

namespace pointsman::access {

void AwaitedResponses::add(Allowance estimated) {
  if (awaited_.size() == most) drop(awaited_.begin());
  awaited_.push_back({std::move(estimated)});
}

void AwaitedResponses::began(std::string_view id) {
  const auto next = std::ranges::find(awaited_, false, &Awaited::has_begun);
  if (next == awaited_.end()) return;
  next->has_begun = true;
  next->id = id;
}

void AwaitedResponses::ended(std::string_view id, std::optional<std::uint64_t> tokens, const Moment& now) {
  if (awaited_.empty()) return spend(tokens.value_or(0), now);
  auto place = id.empty() ? awaited_.end() : std::ranges::find(awaited_, id, &Awaited::id);
  if (place == awaited_.end()) place = awaited_.begin();
  if (tokens) place->allowance.settle(*tokens, now);
  drop(place);
}

void AwaitedResponses::failed(std::uint64_t tokens, const Moment& now) {
  if (awaited_.empty()) spend(tokens, now);
  if (others_ > 0) {
    --others_;
    return;
  }
  if (awaited_.size() != 1 || awaited_.front().has_begun) return;
  awaited_.front().allowance.settle(tokens, now);
  drop(awaited_.begin());
}

void AwaitedResponses::spend(std::uint64_t tokens, const Moment& now) {
  if (last_) {
    last_->spend(tokens, now);
  } else if (connection_ != nullptr) {
    connection_->spend(tokens, now);
  }
}

void AwaitedResponses::drop(Place place) {
  last_ = std::move(place->allowance);
  awaited_.erase(place);
}

}  // namespace pointsman::access
