#pragma once

#include <algorithm>

#include "forwarder_parts.hpp"
#include "pointsman/proxy/create_message.hpp"
#include "pointsman/proxy/message_judge.hpp"
#include "pointsman/proxy/websocket_forwarder.hpp"
#include "pointsman/upstream/exchange.hpp"

// What the files of the WebSocketForwarder share.
namespace pointsman::proxy {

// An `error` event, as Responses over WebSocket has it.
std::string error_event(const http::ErrorAnswer& error);

// An exchange hears of the client's leaving for as long as this lives.
class Listening final {
 public:
  Listening(http::Connection& client, upstream::Exchange& exchange) : client_(client) {
    client_.notify_leave(&exchange);
  }
  ~Listening() { client_.notify_leave(nullptr); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  http::Connection& client_;
};

// An endpoint that answered the handshake.
struct WebSocketForwarder::Reached {
  Reached(registry::SnapshotPtr picture, const registry::Candidate& chosen, std::string_view model,
          routing::Place taken)
      : snapshot(std::move(picture)), candidate(chosen), name(model), place(std::move(taken)) {}

  registry::SnapshotPtr snapshot;
  registry::Candidate candidate;
  const registry::SnapshotEndpoint& endpoint = snapshot->endpoints[candidate.endpoint];
  std::string_view name;  // of the model there
  routing::Place place;
  Forwarder::Trial trial;
  std::optional<upstream::Exchange> exchange;
  std::optional<Listening> listening;
  const http::ResponseHead* head = nullptr;
};

// Judges the messages behind the first one of a connection: its endpoint is found, and stays.
class WebSocketForwarder::Judge final : public MessageJudge {
 public:
  Judge(WebSocketForwarder& forwarder, const WebSocketClient& who, std::string model, std::string_view endpoint)
      : forwarder_(forwarder), who_(who), model_(std::move(model)), endpoint_(endpoint) {}

  net::Task<Verdict> judge(std::string_view text) override;

 private:
  net::Task<Verdict> place(const CreateMessage& message, std::string_view text);
  static Verdict refused(const http::ErrorAnswer& answer);

  WebSocketForwarder& forwarder_;
  const WebSocketClient& who_;
  std::string model_;  // what the first message asked for
  std::string endpoint_;
};

}  // namespace pointsman::proxy
