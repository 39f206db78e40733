#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>

#include "support/eventually.hpp"
#include "support/several_endpoints.hpp"
#include "support/websocket.hpp"

// Which endpoints are passed over because of what they answered.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::HasSubstr;

const Script works = json(200, "{}");
const Script fails = json(502, "{}");

class Breaking : public SeveralEndpoints {
 protected:
  Script while_ill(Script ill) {
    return [this, ill](Conversation& conversation) -> awaitable<void> {
      const Script& script = is_ill_ ? ill : works;
      co_await script(conversation);
    };
  }
  std::string explanation(const std::string& model = "m") {
    return ask(gateway_->operations_port(), "GET", "/explain?model=" + model + "&api=chat_completions").body;
  }

  // The breaker is told of an answer after the client.
  bool has_opened() const { return gateway_->shows("pointsman_breaker_opened_total 1"); }

  // Endpoints `a`, which is tried first, and `b`, with these routes and one for chat that works.
  void start_two(FakeUpstream::Routes a, FakeUpstream::Routes b, const std::string& more = "") {
    std::string file = "workers: 1\nprobe: {interval: 1h}\nendpoints:\n";
    for (auto* routes : {&a, &b}) {
      routes->emplace("POST /v1/chat/completions", works);
      const bool is_first = routes == &a;
      const auto& upstream = upstreams_.emplace_back(std::vector<std::string>{"m"}, *routes);
      file += endpoint(is_first ? "a" : "b", upstream.url(), (is_first ? "priority: 0" : "priority: 1") + more);
    }
    gateway_.emplace(file);
    gateway_->wait_until_ready(2);
  }

  std::atomic<bool> is_ill_ = true;
};

TEST_F(Breaking, AnEndpointThatFailsInARowIsLeftAloneUntilItWorks) {
  start({{while_ill(fails)}, {works}});
  for (int i = 0; i < 8; ++i) EXPECT_EQ(answerer(), "b");
  EXPECT_EQ(requests('a'), 5u);
  EXPECT_TRUE(has_opened());
  EXPECT_THAT(explanation(), HasSubstr("breaker"));
  const auto breaker = [&](std::size_t number) {
    const auto list = ask(gateway_->operations_port(), "GET", "/endpoints").body;
    return nlohmann::json::parse(list)["endpoints"][number]["breaker"]["state"].get<std::string>();
  };
  EXPECT_THAT(breaker(0), testing::AnyOf("open", "half_open"));
  EXPECT_EQ(breaker(1), "closed");

  // One request is let through after a while, and its success closes it.
  is_ill_ = false;
  EXPECT_TRUE(eventually([&] { return answerer() == "a"; }));
  EXPECT_EQ(answerer(), "a");
  EXPECT_EQ(breaker(0), "closed");
  EXPECT_THAT(explanation(), testing::Not(HasSubstr("breaker")));
}

TEST_F(Breaking, TheOnlyEndpointIsAlwaysAsked) {
  start({{fails}});
  for (int i = 0; i < 8; ++i) EXPECT_EQ(post().status(), 502);
  EXPECT_EQ(requests('a'), 8u);
}

TEST_F(Breaking, HalfOfTheEndpointsAreAlwaysAsked) {
  start({{fails}, {fails}}, "routing: {attempts: 1}\n");
  for (int i = 0; i < 12; ++i) EXPECT_EQ(post().status(), 502);
  EXPECT_EQ(requests('a') + requests('b'), 12u);
  EXPECT_EQ(requests('a'), 5u);
}

TEST_F(Breaking, AFaultOfOneModelLeavesTheOthers) {
  const Script by_model = [](Conversation& conversation) -> awaitable<void> {
    const bool is_large = conversation.request().body.find("large") != std::string::npos;
    const Script script = is_large ? json(500, R"({"error":"model 'large' crashed"})") : works;
    co_await script(conversation);
  };
  start({{by_model, "", {"large", "small"}}, {works, "", {"large", "small"}}});
  const auto answerer_of = [&](const std::string& model) {
    return post(R"({"model":")" + model + R"("})").field("x-pointsman-endpoint");
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(answerer_of("large"), "b");
  EXPECT_EQ(requests('a'), 5u);
  EXPECT_EQ(answerer_of("small"), "a");
  EXPECT_THAT(explanation("large"), HasSubstr("breaker"));
  EXPECT_THAT(explanation("small"), testing::Not(HasSubstr("breaker")));
}

TEST_F(Breaking, AnEndpointThatIsBusyGetsLessAndIsNeverLeftOut) {
  start({{json(429, "{}", {{"Retry-After", "60"}})}, {works}});
  constexpr int count = 21;
  for (int i = 0; i < count; ++i) EXPECT_EQ(answerer(), "b");
  // The first, and then one in four.
  EXPECT_EQ(requests('a'), 1u + (count - 1) / 4);
  EXPECT_EQ(gateway_->metric("pointsman_breaker_opened_total"), "0");
}

const std::string made = "POST /v1/responses";
const std::string kept = "GET /v1/responses/resp_1";

// What is asked for by its id has one owner.
TEST_F(Breaking, RequestsByIdCountAndAreSentAllTheSame) {
  start_two({{made, json(200, R"({"id":"resp_1","object":"response"})")}, {kept, while_ill(fails)}},
            {{made, works}, {kept, works}});
  const auto ask_for_it = [&] { return ask(gateway_->port(), "GET", "/v1/responses/resp_1"); };
  ASSERT_EQ(ask(gateway_->port(), "POST", "/v1/responses", R"({"model":"m"})").status(), 200);
  EXPECT_EQ(answerer(), "a");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask_for_it().status(), 502);
  EXPECT_TRUE(has_opened());
  EXPECT_EQ(answerer(), "b");
  EXPECT_EQ(ask_for_it().status(), 502);
  EXPECT_EQ(requests('b'), 1u);

  is_ill_ = false;
  EXPECT_EQ(ask_for_it().status(), 200);
  EXPECT_TRUE(eventually([&] { return ask_for_it().status() == 200 && answerer() == "a"; }));
}

TEST_F(Breaking, AnOwnerThatIsBusyGetsFewerOthers) {
  start_two(
      {{made, json(200, R"({"id":"resp_1","object":"response"})")}, {kept, json(429, "{}", {{"Retry-After", "60"}})}},
      {});
  ASSERT_EQ(ask(gateway_->port(), "POST", "/v1/responses", R"({"model":"m"})").status(), 200);
  EXPECT_EQ(ask(gateway_->port(), "GET", "/v1/responses/resp_1").status(), 429);
  std::string answerers;
  for (int i = 0; i < 8; ++i) answerers += answerer();
  EXPECT_EQ(answerers, "bbbabbba");
}

const std::string websocket_apis = ", apis: {responses_websocket: true, realtime: true}";

// A way to open a WebSocket connection, and who answered it.
std::string opened(std::uint16_t port, const std::string& target) {
  WebSocketClient client(port, target);
  if (target == "/v1/responses") client.send_text(R"({"type":"response.create","model":"m"})");
  if (target != "/v1/responses") return client.handshake().field("x-pointsman-endpoint");
  const auto answer = client.next();
  return answer ? answer->payload : "";
}
// An endpoint that says its name.
Script says(const std::string& name) {
  return websocket([name](WebSocketPeer& peer) -> awaitable<void> {
    if (peer.conversation().request().target() == "/v1/responses") {
      co_await peer.next();
      co_await peer.send({text, name});
    }
    co_await peer.next();
  });
}

TEST_F(Breaking, FaultsOfHandshakesCountAndAnOpenBreakerIsHeeded) {
  const Script closes = [](Conversation& conversation) -> awaitable<void> {
    conversation.close();
    co_return;
  };
  // But to the prober, which would wait for it.
  const Script is_silent = [](Conversation& conversation) -> awaitable<void> {
    const bool is_probe = conversation.request().header("User-Agent") != nullptr;
    is_probe ? conversation.close() : co_await conversation.until_client_leaves();
  };
  const Script wrong = bytes(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Accept: nonsense\r\n\r\n");
  for (const std::string target : {"/v1/responses", "/v1/realtime?model=m"}) {
    const std::string route = "GET " + target.substr(0, target.find('?'));
    for (const Script& ill : {json(500, "{}"), closes, is_silent, wrong}) {
      TearDown();
      start_two({{route, ill}}, {{route, says("b")}}, websocket_apis + ", timeouts: {first_byte: 100ms}");
      for (int i = 0; i < 5; ++i) EXPECT_NE(opened(gateway_->port(), target), "b") << target;
      EXPECT_TRUE(has_opened());
      EXPECT_EQ(opened(gateway_->port(), target), "b");
      EXPECT_EQ(answerer(), "b") << "other requests heed it as well";
    }
  }
}

TEST_F(Breaking, AHandshakeThatIsAcceptedClosesTheBreaker) {
  const std::string target = "/v1/realtime?model=m";
  start_two({{"GET /v1/realtime",
              [this](Conversation& conversation) -> awaitable<void> {
                const Script script = is_ill_ ? fails : says("a");
                co_await script(conversation);
              }}},
            {{"GET /v1/realtime", says("b")}}, websocket_apis);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(opened(gateway_->port(), target), "a");
  EXPECT_EQ(opened(gateway_->port(), target), "b");
  is_ill_ = false;
  EXPECT_TRUE(eventually([&] { return opened(gateway_->port(), target) == "a"; }));
  EXPECT_EQ(answerer(), "a");
}

TEST_F(Breaking, AHandshakeThatIsPutOffMeansBackPressure) {
  for (const std::string target : {"/v1/responses", "/v1/realtime?model=m"}) {
    TearDown();
    const std::string route = "GET " + target.substr(0, target.find('?'));
    start_two({{route, json(503, "{}", {{"Retry-After", "60"}})}}, {{route, says("b")}}, websocket_apis);
    EXPECT_NE(opened(gateway_->port(), target), "b");
    EXPECT_EQ(opened(gateway_->port(), target), "b");
    EXPECT_EQ(answerer(), "b");
    EXPECT_EQ(gateway_->metric("pointsman_breaker_opened_total"), "0");
  }
}

TEST_F(Breaking, AHandshakeThatIsRefusedSaysNothingOfTheEndpoint) {
  const std::string route = "GET /v1/realtime";
  start_two({{route, json(403, "{}")}}, {{route, says("b")}}, websocket_apis);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(opened(gateway_->port(), "/v1/realtime?model=m"), "a");
}

TEST_F(Breaking, WhatIsAboutTheRequestsDoesNotCount) {
  start({{json(400, "{}")}, {works}});
  for (int i = 0; i < 8; ++i) EXPECT_EQ(post().status(), 400);
  EXPECT_EQ(requests('b'), 0u);
}

}  // namespace
}  // namespace pointsman::test
