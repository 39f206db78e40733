#include "websocket_generations.hpp"

namespace pointsman::api {

void WebSocketGenerations::let_in(bool was_sent) {
  if (asked_ && was_sent) {
    if (awaited_.size() == most) awaited_.erase(awaited_.begin());
    awaited_.push_back(*asked_);
  }
  asked_.reset();
}

void WebSocketGenerations::ended(const payload::Usage& usage, Time now) {
  if (awaited_.empty()) return;
  const auto [model, at] = awaited_.front();
  awaited_.erase(awaited_.begin());
  metrics_.count_response(model, std::chrono::duration_cast<std::chrono::microseconds>(now - at), usage);
}

}  // namespace pointsman::api
