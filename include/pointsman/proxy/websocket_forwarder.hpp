#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pointsman/http/connection.hpp"
#include "pointsman/net/budget.hpp"
#include "pointsman/payload/request_fields.hpp"
#include "pointsman/proxy/forwarder.hpp"
#include "pointsman/proxy/message_judge.hpp"
#include "pointsman/proxy/session_account.hpp"
#include "pointsman/proxy/websocket_session.hpp"
#include "pointsman/routing/balancer.hpp"
#include "pointsman/upstream/pool.hpp"

namespace pointsman::proxy {

class ClientMessage;

// Who speaks Responses over WebSocket. Outlives its connection.
struct WebSocketClient {
  std::string_view key;  // the name of the client's key; empty: the gateway is open
  bool may_try_unknown;  // as in Request
  SessionAccount& account;
  std::string_view request_id;
  observe::Trace* trace = nullptr;  // as in Request
};

// How a WebSocket connection ended, or why there was none. Bytes are those of frames, heads included; the usage is that
// of all responses together.
struct WebSocketOutcome : Outcome {
  std::string model;
  std::uint64_t bytes_in = 0;  // from the client
};

// Opens WebSocket connections to endpoints that offer the API to the model, and relays them. One per worker. An
// endpoint that cannot be connected to is replaced by another; whoever answered stays.
//
// The handshakes of the clients must have been judged (http::judge_websocket).
class WebSocketForwarder {
 public:
  WebSocketForwarder(Forwarder& forwarder, net::Worker& worker, const http::Limits& limits, net::Budget& budget,
                     WebSocketCounts& counts);

  // Realtime: the model stands in the query, so the client's own handshake is passed on, and so is what the endpoint
  // says to it. What its responses take is told the account.
  net::Task<WebSocketOutcome> realtime(http::Connection& client, std::string_view model, std::string_view request_id,
                                       SessionAccount& account, observe::Trace* trace = nullptr);

  // Responses: the model stands in the first message, so we answer the handshake ourselves. What goes wrong after that
  // the client is told in an `error` event and a close frame. Every later message is read as well: one that names a
  // model that the client may not use, or goes on with what is not its own or kept elsewhere, is answered with an
  // `error` event, and the connection goes on.
  net::Task<WebSocketOutcome> responses(http::Connection& client, const WebSocketClient& who);

  const registry::SnapshotPtr& snapshot() const { return forwarder_.snapshot(); }

  // Tells every client to connect again (1012), now or at the end of the frame that it is getting; who comes later is
  // told as well.
  void drain();

 private:
  struct Opening;
  struct Reached;
  class Judge;
  // What is passed between the two sides once they are there.
  struct Relayable {
    net::Buffer judged = {};
    net::Buffer from_client = {};
    MessageJudge* judge = nullptr;
    std::span<http::DataListener* const> listeners = {};
    bool must_hear = false;
  };
  using HeadFor = std::function<std::string(const registry::SnapshotEndpoint& endpoint, std::string_view name)>;

  net::Task<std::unique_ptr<Reached>> reach(http::Connection& client, registry::Api api, std::string_view model,
                                            HeadFor head_for, const Request* request, observe::Trace* trace,
                                            Outcome& outcome);
  routing::Judgement judge(const Reached& reached, bool accepts) const;
  void conclude(const Reached& reached, const routing::Judgement& judgement, std::string_view text = {});
  net::Task<bool> read_first(http::Connection& client, ClientMessage& message, net::Buffer& in, net::BudgetShare& share,
                             WebSocketOutcome& outcome);
  net::Task<std::unique_ptr<Reached>> reach_first(http::Connection& client, const CreateMessage& first,
                                                  std::string_view text, const WebSocketClient& who,
                                                  WebSocketOutcome& outcome);
  static Request request_of(const CreateMessage& message, std::string_view text, std::string_view model,
                            const WebSocketClient& who);
  static std::string spliced(const CreateMessage& message, std::string_view text, std::string_view name);
  TokenTimes* token_times_of(const registry::SnapshotEndpoint& endpoint);
  net::Task<> converse(http::Connection& client, std::unique_ptr<Reached> reached, Relayable relayable,
                       net::BudgetShare& share, WebSocketOutcome& outcome);

  Forwarder& forwarder_;
  net::Worker& worker_;
  const http::Limits& limits_;
  net::Budget& budget_;
  WebSocketCounts& counts_;
  payload::RequestScanner scanner_;
  routing::Balancer balancer_;
  upstream::Pool pool_;  // of handshakes that were refused
  WebSocketSessions sessions_;
  bool draining_ = false;
};

}  // namespace pointsman::proxy
