#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/access/awaited_responses.hpp"
#include "pointsman/api/websocket.hpp"
#include "pointsman/base/clock.hpp"
#include "pointsman/proxy/session_account.hpp"
#include "pointsman/proxy/websocket_forwarder.hpp"
#include "websocket_generations.hpp"

namespace pointsman::api {

// What a key may take over a WebSocket connection. Each message that asks for a response takes an estimate, which is
// settled when the endpoint ends the response. What a response takes for which nobody asked in a message that we have
// read (Realtime) is the connection's.
class WebSocketAccount final : public proxy::SessionAccount {
 public:
  // `model`: as in WebSocketGenerations.
  WebSocketAccount(const Clock& clock, const WebSocketVisitor& visitor, const proxy::WebSocketForwarder& forwarder,
                   std::optional<std::uint32_t> model)
      : clock_(clock),
        visitor_(visitor),
        forwarder_(forwarder),
        generations_(visitor.metrics, model),
        awaited_(visitor.allowance) {}

  std::optional<http::ErrorAnswer> refusal_of(const proxy::CreateMessage& message, std::string_view model,
                                              std::size_t bytes) override;
  void let_in(bool was_sent) override;
  bool must_hear() const override { return visitor_.allowance != nullptr; }
  void response_began(std::string_view id) override;
  void response_ended(const proxy::EndedResponse& ended) override;
  void transcribed(const payload::Usage& usage) override;
  void error_told(const payload::Usage& usage) override;

 private:
  void note_asked(std::string_view model);

  const Clock& clock_;
  const WebSocketVisitor& visitor_;
  const proxy::WebSocketForwarder& forwarder_;  // knows the models
  WebSocketGenerations generations_;
  std::optional<access::Allowance> judged_;  // of the message that was let in last, if it asks for a response
  access::AwaitedResponses awaited_;         // of those before
};

}  // namespace pointsman::api
