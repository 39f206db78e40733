#include "pointsman/proxy/websocket_forwarder.hpp"

#include <array>

#include "pointsman/http/pace.hpp"
#include "pointsman/http/websocket_handshake.hpp"
#include "pointsman/proxy/client_message.hpp"
#include "pointsman/proxy/owner_learning.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "pointsman/proxy/response_usage.hpp"
#include "pointsman/proxy/websocket_heads.hpp"
#include "pointsman/proxy/websocket_relay.hpp"
#include "websocket_forwarder_parts.hpp"

namespace pointsman::proxy {
namespace {

using registry::Api;

constexpr std::size_t read_size = 16 * 1024;

net::Task<bool> write(http::Connection& client, std::string_view bytes) {
  const std::array whole{net::asio::const_buffer(bytes.data(), bytes.size())};
  co_return client.put(whole) && (!client.has_unsent() || co_await client.flush());
}

std::uint16_t close_code(int status) {
  if (status == 429 || status == 503) return WebSocketSession::try_again;
  if (status == 413) return WebSocketSession::too_big;
  return status < 500 || status == 501 ? WebSocketSession::policy : WebSocketSession::failure;
}

// An `error` event and the close frame behind it.
std::string last_words(const http::ErrorAnswer& error) {
  return http::frame(http::Opcode::text, error_event(error)) + http::close_frame(close_code(error.status), error.code);
}

http::ErrorAnswer refused_by(std::string_view endpoint, int status) {
  http::ErrorAnswer answer;
  answer.status = status >= 400 ? status : 502;
  if (answer.status < 500) answer.type = "invalid_request_error";
  answer.code = "upstream_error";
  answer.message = "The endpoint '" + std::string(endpoint) + "' refused the WebSocket connection with the status " +
                   std::to_string(status) + ".";
  return answer;
}

Error not_accepted(const std::string& endpoint) {
  return {ErrorCode::protocol, Origin::upstream, false,
          "endpoint " + endpoint + " answered a WebSocket handshake with a 101 that does not belong to it"};
}

}  // namespace

std::string error_event(const http::ErrorAnswer& error) {
  const std::string whole = body(error, http::Dialect::openai, "");
  return R"({"type":"error","status":)" + std::to_string(error.status) + "," + whole.substr(1);
}

// A client that was told 101 and has no endpoint yet.
struct WebSocketForwarder::Opening final : WebSocketSession {
  Opening(http::Connection& connection, WebSocketCounts& all) : WebSocketSession(all), client(connection) {}

  void drain() override {
    const std::string frame = http::close_frame(restart, restart_reason);
    const std::array whole{net::asio::const_buffer(frame.data(), frame.size())};
    if (!client.has_unsent()) client.put(whole);
    client.cut();
    drained = true;
  }

  http::Connection& client;
  bool drained = false;
};

WebSocketForwarder::WebSocketForwarder(Forwarder& forwarder, net::Worker& worker, const http::Limits& limits,
                                       net::Budget& budget, WebSocketCounts& counts)
    : forwarder_(forwarder), worker_(worker), limits_(limits), budget_(budget), counts_(counts), pool_(worker) {}

void WebSocketForwarder::drain() {
  draining_ = true;
  for (auto& session : sessions_) session.drain();
}

net::Task<WebSocketOutcome> WebSocketForwarder::realtime(http::Connection& client, std::string_view model,
                                                         std::string_view request_id, SessionAccount& account,
                                                         observe::Trace* trace) {
  WebSocketOutcome outcome;
  outcome.model = model;
  const auto& row = registry::row(Api::realtime);
  const std::string key(*client.head().fields.find("Sec-WebSocket-Key"));
  HeadFor head_for = [&](const registry::SnapshotEndpoint& endpoint, std::string_view name) {
    const bool is_alias = name != outcome.model;
    const std::string query = is_alias ? with_model(client.head().query, name) : std::string(client.head().query);
    return passed_handshake(client.head(), {endpoint, row.path, query, trace});
  };
  auto reached = co_await reach(client, Api::realtime, outcome.model, std::move(head_for), nullptr, trace, outcome);
  if (!reached) co_return outcome;

  const auto& endpoint = reached->endpoint;
  const OwnFields own{request_id, endpoint.name};
  outcome.endpoint_request_id = reached->head->fields.find(http::FieldName::x_request_id).value_or("");
  const bool accepts = http::accepts_websocket(*reached->head, key);
  const auto judgement = judge(*reached, accepts);
  if (reached->head->status != 101) {
    outcome.status = reached->head->status;
    Relayed relayed(outcome.pace);
    const bool keeps_beginning = outcome.status >= 500;
    co_await relay(client, *reached->exchange, *reached->head, row.stream, own, endpoint.timeouts.idle, keeps_beginning,
                   nullptr, nullptr, relayed);
    conclude(*reached, judgement, beginning_of(relayed));
    outcome.body_bytes = relayed.body_bytes;
    if (relayed.end != RelayEnd::complete) outcome.cause = "upstream_died";
    if (relayed.end == RelayEnd::client_left) outcome.cause = "client_left";
    co_return outcome;
  }
  conclude(*reached, judgement);
  if (!accepts) {
    const Error error = not_accepted(endpoint.name);
    outcome.cause = name(error.code);
    outcome.detail = error.message;
    outcome.error = failed_attempt(error, endpoint.name, endpoint.timeouts);
    co_return outcome;
  }
  outcome.status = 101;
  const std::string acceptance = passed_acceptance(*reached->head, own);
  if (client.overflowed() || !co_await write(client, acceptance)) {
    outcome.cause = client.overflowed() ? "sent_too_early" : "client_left";
    client.cut();
    co_return outcome;
  }
  net::BudgetShare share(budget_);
  ResponseUsage usage(account, outcome.usage, worker_.clock(), token_times_of(reached->endpoint));
  const std::array<http::DataListener*, 1> listeners{&usage};
  Relayable relayable{.listeners = listeners, .must_hear = account.must_hear()};
  co_await converse(client, std::move(reached), std::move(relayable), share, outcome);
  co_return outcome;
}

net::Task<WebSocketOutcome> WebSocketForwarder::responses(http::Connection& client, const WebSocketClient& who) {
  WebSocketOutcome outcome;
  outcome.status = 101;
  const std::string acceptance = own_acceptance(*client.head().fields.find("Sec-WebSocket-Key"), who.request_id);
  if (!co_await write(client, acceptance)) {
    outcome.cause = "client_left";
    co_return outcome;
  }
  auto opening = std::make_unique<Opening>(client, counts_);
  sessions_.push_back(*opening);
  if (draining_) opening->drain();

  auto message = std::make_unique<ClientMessage>(limits_.body);
  net::BudgetShare share(budget_);
  Relayable relayable;
  CreateMessage first;
  std::unique_ptr<Reached> reached;
  if (co_await read_first(client, *message, relayable.from_client, share, outcome)) {
    if (first.read(scanner_, message->text())) {
      reached = co_await reach_first(client, first, message->text(), who, outcome);
      who.account.let_in(reached != nullptr);
    } else {
      refuse(outcome, *first.refusal);
    }
  }
  outcome.status = 101;
  if (opening->drained) {
    outcome.error.reset();
    outcome.cause = "gateway_stops";
    co_return outcome;
  }
  if (outcome.error) {
    if (outcome.cause.empty()) outcome.cause = outcome.error->type;
    const std::string words = last_words(*outcome.error);
    outcome.error.reset();
    outcome.body_bytes = words.size();
    co_await write(client, words);
  }
  if (!reached) co_return outcome;

  opening.reset();
  if (first.model.empty() || first.model == reached->name) {
    relayable.judged.append(message->frames());
  } else {
    const std::string text = spliced(first, message->text(), reached->name);
    relayable.judged.append(http::frame(http::Opcode::text, text, http::random_mask()));
  }
  message.reset();
  Judge judge(*this, who, outcome.model, reached->endpoint.name);
  OwnerLearning learning(forwarder_.owners_, reached->endpoint.name, who.key);
  ResponseUsage usage(who.account, outcome.usage, worker_.clock(), token_times_of(reached->endpoint));
  const std::array<http::DataListener*, 2> listeners{&learning, &usage};
  relayable.judge = &judge;
  relayable.listeners = listeners;
  relayable.must_hear = who.account.must_hear();
  co_await converse(client, std::move(reached), std::move(relayable), share, outcome);
  co_return outcome;
}

// An endpoint for the first message; nullptr: the outcome says why there is none.
net::Task<std::unique_ptr<WebSocketForwarder::Reached>> WebSocketForwarder::reach_first(http::Connection& client,
                                                                                        const CreateMessage& first,
                                                                                        std::string_view text,
                                                                                        const WebSocketClient& who,
                                                                                        WebSocketOutcome& outcome) {
  const auto& defaults = forwarder_.snapshot()->default_models;
  outcome.model = first.model;
  if (outcome.model.empty()) outcome.model = defaults[Api::responses_websocket];
  if (outcome.model.empty()) outcome.model = defaults[Api::responses];
  std::optional<http::ErrorAnswer> refusal;
  if (!outcome.model.empty()) {
    refusal = who.account.refusal_of(first, outcome.model, text.size());
  } else {
    refusal = invalid_message(400, "The first message names no model: set 'model' to one that GET /v1/models lists.",
                              "model");
  }
  if (refusal) {
    refuse(outcome, *std::move(refusal));
    co_return nullptr;
  }
  client.watch_again();
  const std::string key = http::websocket_key();
  HeadFor head_for = [&](const registry::SnapshotEndpoint& endpoint, std::string_view) {
    const auto& row = registry::row(Api::responses_websocket);
    return own_handshake(client.head(), {endpoint, row.path, client.head().query, who.trace}, key);
  };
  const auto request = request_of(first, text, outcome.model, who);
  auto reached = co_await reach(client, Api::responses_websocket, outcome.model, std::move(head_for), &request,
                                who.trace, outcome);
  if (!reached) co_return nullptr;
  const bool accepts = http::accepts_websocket(*reached->head, key);
  conclude(*reached, judge(*reached, accepts));
  if (!accepts) {
    const int status = reached->head->status;
    const Error error = not_accepted(reached->endpoint.name);
    refuse(outcome, status == 101 ? failed_attempt(error, reached->endpoint.name, reached->endpoint.timeouts)
                                  : refused_by(reached->endpoint.name, status));
    outcome.detail = outcome.error->message;
    co_return nullptr;
  }
  if (client.overflowed()) {
    refuse(outcome,
           invalid_message(413, "More came behind the first message than is kept until an endpoint is reached.", ""));
    co_return nullptr;
  }
  co_return reached;
}

// False: there is none, and the outcome says why.
net::Task<bool> WebSocketForwarder::read_first(http::Connection& client, ClientMessage& message, net::Buffer& in,
                                               net::BudgetShare& share, WebSocketOutcome& outcome) {
  auto until = worker_.now() + limits_.first_message;
  std::optional<http::Pace> pace;
  in.reserve(read_size);
  while (message.state() == ClientMessage::State::need_more) {
    if (!co_await client.receive(in, until)) {
      outcome.cause = "client_left";
      if (client.client_left()) co_return false;
      outcome.cause = name(ErrorCode::timeout);
      const std::string close = http::close_frame(WebSocketSession::policy, "no message came in time");
      co_await write(client, close);
      co_return false;
    }
    outcome.bytes_in += in.size();
    in.consume(message.feed(in.view()));
    outcome.bytes_in -= in.size();
    if (const auto answers = message.take_answers(); !answers.empty() && !co_await write(client, answers)) {
      outcome.cause = "client_left";
      co_return false;
    }
    if (!share.grow_to(message.held())) {
      auto error = all_full("");
      error.message = "The gateway holds as many bytes of requests as it may. Try again.";
      refuse(outcome, std::move(error));
      co_return false;
    }
    if (message.begun() && !pace) pace.emplace(limits_, worker_.now());
    if (pace) until = pace->next_deadline(worker_.now(), message.frames().size());
  }
  if (message.state() == ClientMessage::State::refused) {
    outcome.cause = "client_protocol";
    const std::string close = http::close_frame(message.code(), message.why());
    co_await write(client, close);
  }
  co_return message.state() == ClientMessage::State::complete;
}

// nullptr: there are too many endpoints to count each.
TokenTimes* WebSocketForwarder::token_times_of(const registry::SnapshotEndpoint& endpoint) {
  auto* const times = forwarder_.counts_.times.at(endpoint.number);
  return times == nullptr ? nullptr : &times->between_tokens;
}

net::Task<> WebSocketForwarder::converse(http::Connection& client, std::unique_ptr<Reached> reached,
                                         Relayable relayable, net::BudgetShare& share, WebSocketOutcome& outcome) {
  auto& exchange = *reached->exchange;
  auto& [upstream, in, reused, idle_since, count] = exchange.connection();
  const auto extensions = reached->head->fields.find("Sec-WebSocket-Extensions");
  const bool has_extension = extensions.has_value();
  HeardMessages hears(relayable.listeners, extensions);
  WebSocketRelay::Came came{std::move(relayable.judged), std::move(relayable.from_client), net::Buffer()};
  came.from_upstream.append(in.view().substr(exchange.head_size()));
  in.release();
  exchange.release_head();
  reached->listening.reset();
  client.release_request();
  auto* stream = co_await client.take_stream(came.from_client);

  WebSocketRelay relay({*stream, *upstream, has_extension, reached->endpoint.timeouts.idle, relayable.judge, &hears,
                        relayable.must_hear},
                       limits_, share, counts_);
  sessions_.push_back(relay);
  if (draining_) relay.drain();
  co_await relay.run(std::move(came));
  outcome.cause = relay.cause();
  outcome.bytes_in = relay.bytes_in();
  outcome.body_bytes = relay.bytes_out();
  if (outcome.cause == "upstream_died" || outcome.cause == "upstream_protocol") {
    outcome.detail = "endpoint " + reached->endpoint.name + " ended a WebSocket connection, or broke its protocol";
  } else if (hears.has_missed()) {
    outcome.detail = "endpoint " + reached->endpoint.name +
                     " said something over WebSocket that cannot be inflated, or is too large: what responses took "
                     "since then is not counted";
  }
}

}  // namespace pointsman::proxy
