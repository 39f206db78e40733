#pragma once

#include <algorithm>

#include "forwarder_parts.hpp"
#include "pointsman/proxy/create_message.hpp"
#include "pointsman/proxy/message_judge.hpp"
#include "pointsman/proxy/websocket_forwarder.hpp"

// What the two files of the WebSocketForwarder share.
namespace pointsman::proxy {

// An `error` event, as Responses over WebSocket has it.
std::string error_event(const http::ErrorAnswer& error);

// Judges the messages behind the first one of a connection: its endpoint is found, and stays.
class WebSocketForwarder::Judge final : public MessageJudge {
 public:
  Judge(WebSocketForwarder& forwarder, const WebSocketClient& who, std::string model, std::string_view endpoint)
      : forwarder_(forwarder), who_(who), model_(std::move(model)), endpoint_(endpoint) {}

  net::Task<Verdict> judge(std::string_view text) override;

 private:
  static Verdict refused(const http::ErrorAnswer& answer);

  WebSocketForwarder& forwarder_;
  const WebSocketClient& who_;
  std::string model_;  // what the first message asked for
  std::string endpoint_;
};

}  // namespace pointsman::proxy
