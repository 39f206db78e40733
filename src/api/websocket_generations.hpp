#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pointsman/api/request_metrics.hpp"
#include "pointsman/payload/usage.hpp"

namespace pointsman::api {

// Counts the responses of one WebSocket connection as the requests of models that they are (gen_ai_...), each from its
// message to its end. An endpoint answers one after the other, so what ends is the oldest. Used by one thread.
class WebSocketGenerations {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Whose responses have not ended; the oldest beyond that is not counted.
  static constexpr std::size_t most = 64;

  explicit WebSocketGenerations(RequestMetrics& metrics) : metrics_(metrics) {}

  // A message that asks a model (by registry::KnownNames) for a response may be sent now; whether it was follows.
  void asked(std::uint32_t model, Time now) { asked_ = Asked{model, now}; }
  void let_in(bool was_sent);

  void ended(const payload::Usage& usage, Time now);
  // Something failed, and who knows which it was: none of those under way is counted.
  void failed() { awaited_.clear(); }

 private:
  struct Asked {
    std::uint32_t model;
    Time at;
  };

  RequestMetrics& metrics_;
  std::optional<Asked> asked_;  // by the message at hand
  std::vector<Asked> awaited_;  // by those before, the oldest first
};

}  // namespace pointsman::api
