#include "websocket_generations.hpp"

#include <algorithm>
#include <utility>

namespace pointsman::api {

void WebSocketGenerations::let_in(bool was_sent) {
  if (asked_ && was_sent) await(*std::move(asked_));
  asked_.reset();
}

void WebSocketGenerations::began(std::string_view id, Time now) {
  if (model_) await({.model = *model_, .at = now});
  const auto next = std::ranges::find(awaited_, false, &Asked::has_begun);
  if (next == awaited_.end()) return;
  next->has_begun = true;
  next->id = id;
}

void WebSocketGenerations::ended(const proxy::EndedResponse& ended, Time now) {
  if (awaited_.empty()) return;
  auto place = ended.id.empty() ? awaited_.end() : std::ranges::find(awaited_, ended.id, &Asked::id);
  if (place == awaited_.end()) place = awaited_.begin();
  if (!ended.failed) metrics_.count_response(place->model, place->at, now, ended);
  awaited_.erase(place);
}

void WebSocketGenerations::failed() {
  if (!model_) awaited_.clear();
}

void WebSocketGenerations::await(Asked asked) {
  if (awaited_.size() == most) awaited_.erase(awaited_.begin());
  awaited_.push_back(std::move(asked));
}

}  // namespace pointsman::api
