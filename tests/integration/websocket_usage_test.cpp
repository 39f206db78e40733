#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/command.hpp"
#include "support/configuration.hpp"
#include "support/deflating.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/websocket.hpp"

// What responses over WebSocket took: in the access log, in the ledger and in the metrics.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::HasSubstr;
using Json = nlohmann::json;

// What the endpoint counted itself.
struct Counts {
  std::atomic<std::int64_t> input = 0;
  std::atomic<std::int64_t> cached = 0;
  std::atomic<std::int64_t> output = 0;
  std::atomic<std::int64_t> reasoning = 0;
};

// Answers each message with the events of a response, in one way after the other, and counts.
WebSocketScript counts_responses(Counts& counts) {
  return [&counts](WebSocketPeer& peer) -> awaitable<void> {
    const std::string filling(300'000, 'x');
    for (int turn = 1;; ++turn) {
      auto frame = co_await peer.next();
      while (frame && frame->opcode == pong) frame = co_await peer.next();
      if (!frame) co_return;
      if (frame->opcode == close_opcode) {
        co_await peer.send({close_opcode, frame->payload});
        co_return;
      }
      const auto number = std::to_string(turn);
      const std::string usage = R"("usage":{"input_tokens":)" + number +
                                R"(,"input_tokens_details":{"cached_tokens":1},"output_tokens":20,)" +
                                R"("output_tokens_details":{"reasoning_tokens":3},"total_tokens":99})";
      const auto event = [&](const std::string& type, const std::string& response) {
        return R"({"type":")" + type + R"(","response":{"id":"resp_)" + number + "\"," + response + "}}";
      };
      const int way = turn % 8;
      if (way != 5) {
        counts.input += turn;
        counts.cached += 1;
        counts.output += 20;
        counts.reasoning += 3;
      }
      co_await peer.send({text, event("response.created", R"("usage":null)")});
      co_await peer.send({text, R"({"type":"response.output_text.delta","delta":"usage\":{\"input_tokens\":1000}"})"});
      if (way == 0) co_await peer.send({text, event("response.completed", usage)});
      if (way == 1) {
        // In fragments, and control frames between them.
        const auto whole = event("response.incomplete", usage);
        for (std::size_t at = 0; at < whole.size(); at += 7) {
          co_await peer.send({at == 0 ? text : continuation, whole.substr(at, 7), at + 7 >= whole.size()});
          if (at == 35) co_await peer.send({ping, R"("usage":{"input_tokens":500})"});
        }
      }
      if (way == 2) {
        // A byte after the other.
        for (const char byte : bytes_of({text, event("response.completed", usage)})) {
          co_await peer.conversation().send(std::string(1, byte));
        }
      }
      if (way == 3) co_await peer.send({text, event("response.failed", usage)});
      if (way == 4) co_await peer.send({binary, event("response.completed", usage)});
      if (way == 5) co_await peer.send({text, event("response.completed", R"("usage":null)")});
      if (way == 6) {
        co_await peer.send({text, event("response.completed", R"("text":")" + filling + "\"," + usage)});
      }
      if (way == 7) {
        co_await peer.send(
            {text, R"({"response":{"text":")" + filling + "\"," + usage + R"(},"type":"response.completed"})"});
      }
      co_await peer.send({text, R"({"type":"end"})"});
    }
  };
}

class UsageOverWebSocket : public testing::Test {
 protected:
  void start(FakeUpstream::Routes routes) {
    upstream_.emplace(std::vector<std::string>{"m"}, std::move(routes));
    gateway_.emplace(GatewayProcess::Options{
        "endpoints:\n" + endpoint("e", upstream_->url(), "apis: {responses_websocket: true, realtime: true}"),
        {},
        home_.path()});
    gateway_->wait_until_ready();
  }
  void TearDown() override {
    gateway_.reset();
    upstream_.reset();
  }

  std::int64_t metric(const std::string& sample) const { return std::stoll(gateway_->metric(sample)); }
  std::int64_t counted(const std::string& kind) const {
    return metric("pointsman_tokens_total{kind=\"" + kind + "\"}");
  }
  Json usage() const {
    const auto ended = run_command(
        {"usage", "--ledger", (home_.path() / "ledger.db").string(), "--by", "api,model,endpoint", "--json"});
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    return Json::parse(ended.output);
  }

  TempDirectory home_;
  std::optional<FakeUpstream> upstream_;
  std::optional<GatewayProcess> gateway_;
};

const std::string create = R"({"type":"response.create","model":"m","input":"hello"})";

// Asks so often, and hears each response to its end.
void converse(std::uint16_t port, int times) {
  WebSocketClient client(port, "/v1/responses");
  for (int i = 0; i < times; ++i) {
    client.send_text(create);
    for (;;) {
      const auto frame = client.next();
      if (!frame) {
        ADD_FAILURE() << "it ended";
        return;
      }
      if (frame->payload == R"({"type":"end"})") break;
    }
  }
  client.send(close_with(1000));
  EXPECT_EQ(client.next(), close_with(1000));
}

TEST_F(UsageOverWebSocket, IsAsTheEndpointCountsIt) {
  constexpr int clients = 4;
  constexpr int of_each = 40;
  Counts counts;
  start({{"GET /v1/responses", websocket(counts_responses(counts))}});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < clients; ++i) threads.emplace_back(converse, gateway_->port(), of_each);
  }
  EXPECT_GT(counts.input, 0);
  // Each response counts as it ends, a connection when it does.
  EXPECT_EQ(counted("input"), counts.input);
  EXPECT_EQ(counted("cached"), counts.cached);
  EXPECT_EQ(counted("output"), counts.output);
  EXPECT_EQ(counted("reasoning"), counts.reasoning);
  EXPECT_EQ(gateway_->stop(), 0);
  const auto found = usage();
  ASSERT_EQ(found.at("rows").size(), 1u) << found;
  const auto& row = found.at("rows").at(0);
  EXPECT_EQ(row.at("api"), "responses_websocket");
  EXPECT_EQ(row.at("model"), "m");
  EXPECT_EQ(row.at("requests"), clients);
  EXPECT_EQ(row.at("without_usage"), 0);
  EXPECT_EQ(row.at("input_tokens"), counts.input.load());
  EXPECT_EQ(row.at("cached_tokens"), counts.cached.load());
  EXPECT_EQ(row.at("output_tokens"), counts.output.load());
  EXPECT_EQ(row.at("reasoning_tokens"), counts.reasoning.load());
}

TEST_F(UsageOverWebSocket, StandsInTheAccessLineOfTheConnection) {
  Counts counts;
  start({{"GET /v1/responses", websocket(counts_responses(counts))}});
  converse(gateway_->port(), 3);
  EXPECT_TRUE(gateway_->says(R"("input_tokens":6,"output_tokens":60,"cached_tokens":3,"reasoning_tokens":9)"))
      << gateway_->process().output();
}

// As of the requests over HTTP that they might be; of the eight ways one fails, and one tells no usage.
TEST_F(UsageOverWebSocket, IsThatOfItsModelAsTheConventionsMeasureIt) {
  Counts counts;
  start({{"GET /v1/responses", websocket(counts_responses(counts))}});
  converse(gateway_->port(), 8);
  const std::string labels = R"({gen_ai_operation_name="chat",gen_ai_request_model="m")";
  EXPECT_EQ(metric("gen_ai_server_request_duration_seconds_count" + labels + "}"), 7);
  EXPECT_EQ(metric("gen_ai_client_token_usage_count" + labels + R"(,gen_ai_token_type="output"})"), 6);
  EXPECT_EQ(metric("gen_ai_server_time_to_first_token_seconds_count" + labels + "}"), 7);
  EXPECT_EQ(metric("gen_ai_client_token_usage_sum" + labels + R"(,gen_ai_token_type="output"})"), 120);
  EXPECT_EQ(metric("gen_ai_client_token_usage_sum" + labels + R"(,gen_ai_token_type="input"})"), 1 + 2 + 4 + 6 + 7 + 8);
}

TEST_F(UsageOverWebSocket, OfAConnectionThatIsCutIsWhatItToldSoFar) {
  start({{"GET /v1/responses", websocket([](WebSocketPeer& peer) -> awaitable<void> {
            co_await peer.next();
            co_await peer.send(
                {text, R"({"type":"response.completed","response":{"usage":{"input_tokens":7,"output_tokens":5}}})"});
            co_await peer.next();
            co_await peer.send({text, R"({"type":"response.completed","response":{"usage":{"input_tokens":7,)", false});
          })}});
  WebSocketClient client(gateway_->port(), "/v1/responses");
  client.send_text(create);
  EXPECT_TRUE(client.next());
  client.send_text(create);
  while (client.next()) {
  }
  EXPECT_TRUE(gateway_->says(R"("input_tokens":7,"output_tokens":5)")) << gateway_->process().output();
  EXPECT_THAT(gateway_->process().output(), HasSubstr(R"("cause":"upstream_died")"));
}

TEST_F(UsageOverWebSocket, OfRealtimeIsCountedAsItEnds) {
  start({{"GET /v1/realtime", websocket([](WebSocketPeer& peer) -> awaitable<void> {
            while (const auto frame = co_await peer.next()) {
              if (frame->opcode != text) continue;
              co_await peer.send(
                  {text, R"({"type":"response.done","response":{"status":"completed","usage":{"total_tokens":12,)"
                         R"("input_tokens":7,"output_tokens":5,"input_token_details":{"cached_tokens":4}}}})"});
            }
          })}});
  WebSocketClient client(gateway_->port(), "/v1/realtime?model=m");
  for (int i = 1; i <= 3; ++i) {
    client.send_text(R"({"type":"response.create"})");
    EXPECT_TRUE(client.next());
    EXPECT_EQ(counted("input"), 7 * i);
    EXPECT_EQ(counted("cached"), 4 * i);
  }
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_TRUE(gateway_->says(R"("input_tokens":21,"output_tokens":15,"cached_tokens":12)"))
      << gateway_->process().output();
  EXPECT_EQ(usage().at("total").at("output_tokens"), 15);
}

// What it asks for nobody reads: a response begins where its endpoint says so.
TEST_F(UsageOverWebSocket, OfRealtimeIsThatOfItsModelAsTheConventionsMeasureIt) {
  start({{"GET /v1/realtime", websocket([](WebSocketPeer& peer) -> awaitable<void> {
            while (const auto frame = co_await peer.next()) {
              if (frame->opcode != text) continue;
              co_await peer.send({text, R"({"type":"response.created","response":{"id":"resp_1"}})"});
              for (int i = 0; i < 3; ++i) {
                co_await peer.send({text, R"({"type":"response.output_audio_transcript.delta","delta":"x"})"});
              }
              co_await peer.send({text, R"({"type":"error","error":{"code":"of something else"}})"});
              co_await peer.send({text, R"({"type":"response.done","response":{"id":"resp_1","usage":)"
                                        R"({"input_tokens":7,"output_tokens":5}}})"});
            }
          })}});
  WebSocketClient client(gateway_->port(), "/v1/realtime?model=m");
  for (int i = 0; i < 2; ++i) {
    client.send_text("{}");
    for (int event = 0; event < 6; ++event) EXPECT_TRUE(client.next());
  }
  const std::string labels = R"({gen_ai_operation_name="chat",gen_ai_request_model="m")";
  EXPECT_EQ(metric("gen_ai_server_request_duration_seconds_count" + labels + "}"), 2);
  EXPECT_EQ(metric("gen_ai_server_time_to_first_token_seconds_count" + labels + "}"), 2);
  EXPECT_EQ(metric("gen_ai_client_token_usage_sum" + labels + R"(,gen_ai_token_type="output"})"), 10);
  EXPECT_EQ(metric(R"(pointsman_endpoint_time_between_tokens_seconds_count{endpoint="e"})"), 4);
}

TEST_F(UsageOverWebSocket, OfWhatRealtimeTranscribesIsCountedAsWell) {
  start({{"GET /v1/realtime", websocket([](WebSocketPeer& peer) -> awaitable<void> {
            while (const auto frame = co_await peer.next()) {
              if (frame->opcode != text) continue;
              co_await peer.send({text, R"({"type":"conversation.item.input_audio_transcription.completed",)"
                                        R"("transcript":"hello","usage":)" +
                                            frame->payload + "}"});
            }
          })}});
  WebSocketClient client(gateway_->port(), "/v1/realtime?model=m");
  for (const auto* usage : {R"({"type":"tokens","total_tokens":22,"input_tokens":13,"output_tokens":9})",
                            R"({"type":"duration","seconds":4})"}) {
    client.send_text(usage);
    EXPECT_TRUE(client.next());
  }
  EXPECT_EQ(counted("input"), 13);
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_TRUE(gateway_->says(R"("input_tokens":13,"output_tokens":9)")) << gateway_->process().output();
  EXPECT_EQ(usage().at("total").at("output_tokens"), 9);
}

// The client and the endpoint agree on that: it is not ours to forbid.
TEST_F(UsageOverWebSocket, OfRealtimeIsReadThroughCompression) {
  start({{"GET /v1/realtime", websocket(
                                  [](WebSocketPeer& peer) -> awaitable<void> {
                                    Deflating deflating;
                                    while (const auto frame = co_await peer.next()) {
                                      if (frame->opcode != text) continue;
                                      const auto whole = deflating.message(
                                          R"({"type":"response.done","response":{"usage":{"input_tokens":7,)"
                                          R"("output_tokens":5}}})");
                                      co_await peer.send({text, whole.substr(0, 3), false, 4});
                                      co_await peer.send({continuation, whole.substr(3)});
                                    }
                                  },
                                  "Sec-WebSocket-Extensions: permessage-deflate\r\n")}});
  WebSocketClient client(gateway_->port(), "/v1/realtime?model=m", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  Deflating deflating;
  for (int i = 1; i <= 3; ++i) {
    client.send_text("{}");
    const auto first = client.next();
    const auto rest = client.next();
    ASSERT_TRUE(first && rest);
    EXPECT_EQ(
        first->payload + rest->payload,
        deflating.message(R"({"type":"response.done","response":{"usage":{"input_tokens":7,"output_tokens":5}}})"));
    EXPECT_EQ(counted("input"), 7 * i);
  }
}

}  // namespace
}  // namespace pointsman::test
