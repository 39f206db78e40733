#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/access/responses_under_way.hpp"
#include "pointsman/api/request_metrics.hpp"
#include "pointsman/proxy/session_account.hpp"

namespace pointsman::api {

// Counts the responses of one WebSocket connection as the requests of models that they are (gen_ai_...), each from its
// message to its end, or, where messages are not read (Realtime), from when its endpoint began it. Of more than
// ResponsesUnderWay takes the oldest are not counted. Used by one thread.
class WebSocketGenerations {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `model` (by registry::KnownNames): of responses that were asked for in messages that are not read; nothing: all
  // messages are.
  WebSocketGenerations(RequestMetrics& metrics, std::optional<std::uint32_t> model)
      : metrics_(metrics), model_(model) {}

  // A message that asks a model (by registry::KnownNames) for a response may be sent now; whether it was follows.
  void asked(std::uint32_t model, Time now) { asked_ = Asked{model, now}; }
  void let_in(bool was_sent);

  void began(std::string_view id, Time now);
  void ended(const proxy::EndedResponse& ended, Time now);
  // Something failed, and who knows which it was: none of those under way is counted, unless their endpoint ends each.
  void failed();

 private:
  struct Asked {
    std::uint32_t model;
    Time at;
  };

  RequestMetrics& metrics_;
  const std::optional<std::uint32_t> model_;
  std::optional<Asked> asked_;                // by the message at hand
  access::ResponsesUnderWay<Asked> awaited_;  // by those before
};

}  // namespace pointsman::api
