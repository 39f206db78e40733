#include "websocket_generations.hpp"

namespace pointsman::api {

void WebSocketGenerations::let_in(bool was_sent) {
  if (asked_ && was_sent) awaited_.add(*asked_);
  asked_.reset();
}

void WebSocketGenerations::began(std::string_view id, Time now) {
  if (model_) awaited_.add({.model = *model_, .at = now});
  awaited_.began(id);
}

void WebSocketGenerations::ended(const proxy::EndedResponse& ended, Time now) {
  const auto asked = awaited_.end(ended.id);
  if (asked && !ended.failed) metrics_.count_response(asked->model, asked->at, now, ended);
}

void WebSocketGenerations::failed() {
  if (!model_) awaited_.clear();
}

}  // namespace pointsman::api
