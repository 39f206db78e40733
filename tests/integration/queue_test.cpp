#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <list>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"

// Where requests wait when every endpoint of their model has as many as it may have.
namespace pointsman::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";

// Each request says in `gate` which of these holds its answer.
struct Gated {
  std::deque<demo::Gate> gates{20};
  std::vector<std::string> models{"m"};
  FakeUpstream upstream{models, {{chat, [this](Conversation& conversation) -> boost::asio::awaitable<void> {
                                    const auto body = Json::parse(conversation.request().body);
                                    co_await conversation.wait(gates.at(body.at("gate").get<std::size_t>()));
                                    co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                                  }}}};

  // The gates of the requests that came, in order.
  std::vector<int> came() const {
    std::vector<int> order;
    for (const auto& request : upstream.requests()) order.push_back(Json::parse(request.body).at("gate"));
    return order;
  }
};

class Queueing : public testing::Test {
 protected:
  void start(const std::string& file, std::size_t endpoints_up = 1) {
    gateway_.emplace(file);
    gateway_->wait_until_ready(endpoints_up);
  }

  // Sends a request and does not wait for its answer.
  RawClient& send(int gate, const std::string& key = "", const std::string& model = "m") {
    const auto body = Json{{"model", model}, {"gate", gate}}.dump();
    auto& client = clients_.emplace_back(gateway_->port());
    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" +
                (key.empty() ? "" : "Authorization: Bearer " + key + "\r\n") +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client;
  }

  bool waits(int count) const { return gateway_->shows("pointsman_queue_waiting " + std::to_string(count)); }

  Gated gated_;
  std::optional<GatewayProcess> gateway_;
  std::list<RawClient> clients_;
};

TEST_F(Queueing, ARequestWaitsForAPlace) {
  start("endpoints:\n" + endpoint("e", gated_.upstream.url(), "max_concurrent: 1"));
  auto& first = send(0);
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  auto& second = send(1);
  ASSERT_TRUE(waits(1));
  EXPECT_THAT(gated_.came(), ElementsAre(0));
  const auto told = [&](const std::string& path) {
    return Json::parse(ask(gateway_->operations_port(), "GET", path).body);
  };
  for (const auto& [path, list] : {std::pair("/endpoints", "endpoints"), {"/readyz?verbose", "endpoint_states"}}) {
    auto state = told(path);
    EXPECT_EQ(state["queues"], Json::parse(R"([{"model":"m","waiting":1}])")) << path;
    EXPECT_EQ(state[list][0]["in_flight"], 1) << path;
    EXPECT_EQ(state[list][0]["max_concurrent"], 1) << path;
    EXPECT_EQ(state[list][0]["breaker"]["state"], "closed") << path;
  }

  gated_.gates[1].open();
  gated_.gates[0].open();
  const auto at_once = first.read_response();
  EXPECT_EQ(at_once.status(), 200);
  EXPECT_EQ(at_once.field("x-pointsman-queue-ms"), "");
  const auto after_waiting = second.read_response();
  EXPECT_EQ(after_waiting.status(), 200);
  EXPECT_THAT(after_waiting.field("x-pointsman-queue-ms"), testing::MatchesRegex("[0-9]+"));
  EXPECT_TRUE(waits(0));
  EXPECT_TRUE(gateway_->shows("pointsman_queue_wait_seconds_count 1"));
  EXPECT_TRUE(gateway_->says("\"queue_ms\":" + after_waiting.field("x-pointsman-queue-ms")));
}

TEST_F(Queueing, AFullQueueIsOverloaded) {
  start("queue: {length: 1}\nendpoints:\n" + endpoint("e", gated_.upstream.url(), "max_concurrent: 1"));
  send(0);
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  auto& waiting = send(1);
  ASSERT_TRUE(waits(1));
  const auto refused = send(2).read_response();
  EXPECT_TRUE(is_own_error(refused, 503, "overloaded"));
  EXPECT_GE(std::stoi(refused.field("Retry-After")), 1);
  EXPECT_EQ(message_of(refused),
            "Every endpoint of the model 'm' is working on as many requests as it may (`max_concurrent`), and "
            "as many as may wait for a place there do: 1 (`queue.length`). Try again in " +
                refused.field("Retry-After") + " s.");
  EXPECT_TRUE(gateway_->says(R"("cause":"queue_full")"));
  EXPECT_TRUE(gateway_->shows(R"(pointsman_queue_refused_total{reason="full"} 1)"));

  gated_.gates[0].open();
  gated_.gates[1].open();
  EXPECT_EQ(waiting.read_response().status(), 200);
  EXPECT_THAT(gated_.came(), ElementsAre(0, 1));
}

TEST_F(Queueing, WhoHasWaitedTooLongIsToldSo) {
  start("queue: {wait: 200ms}\nendpoints:\n" + endpoint("e", gated_.upstream.url(), "max_concurrent: 1"));
  send(0);
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  const auto refused = send(1).read_response();
  EXPECT_TRUE(is_own_error(refused, 503, "overloaded"));
  EXPECT_GE(std::stoi(refused.field("Retry-After")), 1);
  EXPECT_EQ(message_of(refused),
            "Every endpoint of the model 'm' is working on as many requests as it may (`max_concurrent`), and "
            "no place became free for 200 ms (`queue.wait`). Try again in " +
                refused.field("Retry-After") + " s.");
  EXPECT_TRUE(gateway_->says(R"("cause":"queue_too_long")"));
  EXPECT_GE(std::stoi(refused.field("x-pointsman-queue-ms")), 200);
  EXPECT_TRUE(gateway_->shows(R"(pointsman_queue_refused_total{reason="too_long"} 1)"));
  EXPECT_TRUE(waits(0));
}

TEST_F(Queueing, AClientThatLeavesLeavesTheQueueAtOnce) {
  start("queue: {length: 1}\nendpoints:\n" + endpoint("e", gated_.upstream.url(), "max_concurrent: 1"));
  auto& first = send(0);
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  auto& second = send(1);
  ASSERT_TRUE(waits(1));
  second.close();
  ASSERT_TRUE(waits(0));
  auto& third = send(2);
  ASSERT_TRUE(waits(1)) << "its place is free";
  gated_.gates[0].open();
  gated_.gates[2].open();
  EXPECT_EQ(first.read_response().status(), 200);
  EXPECT_EQ(third.read_response().status(), 200);
  EXPECT_THAT(gated_.came(), ElementsAre(0, 2));
}

TEST_F(Queueing, AClientThatLeavesItsPlaceLetsTheNextIn) {
  start("endpoints:\n" + endpoint("e", gated_.upstream.url(), "max_concurrent: 1"));
  auto& first = send(0);
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  auto& second = send(1);
  ASSERT_TRUE(waits(1));
  first.close();
  gated_.gates[1].open();
  EXPECT_EQ(second.read_response().status(), 200);
}

TEST_F(Queueing, KeysTakeTurnsAndPrioritiesGoFirst) {
  start(
      "access:\n  keys:\n"
      "    - {name: a, key: key-of-a}\n"
      "    - {name: b, key: key-of-b}\n"
      "    - {name: batch, key: key-of-batch, priority: 5}\n"
      "endpoints:\n" +
      endpoint("e", gated_.upstream.url(), "max_concurrent: 1"));
  send(0, "key-of-a");
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  int number = 0;
  for (const auto* key : {"key-of-batch", "key-of-a", "key-of-a", "key-of-a", "key-of-b", "key-of-b"}) {
    send(++number, key);
    ASSERT_TRUE(waits(number));
  }
  for (auto& gate : gated_.gates) gate.open();
  for (auto& client : clients_) EXPECT_EQ(client.read_response().status(), 200);
  EXPECT_THAT(gated_.came(), ElementsAre(0, 2, 5, 3, 6, 4, 1));
}

TEST_F(Queueing, AModelMayHaveALimitOfItsOwn) {
  FakeUpstream both({"m", "n"}, {{chat, [this](Conversation& conversation) -> boost::asio::awaitable<void> {
                                    const auto body = Json::parse(conversation.request().body);
                                    co_await conversation.wait(gated_.gates.at(body.at("gate").get<std::size_t>()));
                                    co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                                  }}});
  start("endpoints:\n" + endpoint("e", both.url(), "models: [{id: m, aliases: [small], max_concurrent: 1}, n]"));
  auto& first = send(0);
  ASSERT_TRUE(eventually([&] { return both.requests().size() == 1; }));
  auto& under_its_alias = send(1, "", "small");
  ASSERT_TRUE(waits(1));
  gated_.gates[2].open();
  EXPECT_EQ(send(2, "", "n").read_response().status(), 200) << "another model does not wait";
  EXPECT_THAT(both.requests(), SizeIs(2));
  gated_.gates[0].open();
  gated_.gates[1].open();
  EXPECT_EQ(first.read_response().status(), 200);
  EXPECT_EQ(under_its_alias.read_response().status(), 200);
  gateway_.reset();
}

TEST_F(Queueing, AnEndpointThatComesUpServesThoseWhoWait) {
  std::optional<Gated> second(std::in_place);
  const auto port = second->upstream.port();
  second.reset();
  start("probe: {interval: 100ms, timeout: 500ms}\nendpoints:\n" +
        endpoint("full", gated_.upstream.url(), "max_concurrent: 1") +
        endpoint("late", "http://127.0.0.1:" + std::to_string(port)));
  send(0);
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  auto& waiting = send(1);
  ASSERT_TRUE(waits(1));
  FakeUpstream late({"m"}, {{chat, json(200, "{}")}}, demo::ScriptedServer::Options{.port = port});
  const auto response = waiting.read_response();
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.field("x-pointsman-endpoint"), "late");
  EXPECT_THAT(gated_.came(), ElementsAre(0));
}

TEST_F(Queueing, NobodyIsLeftWaitingWhenItStops) {
  start("shutdown: {drain: 100ms}\nqueue: {wait: 1h}\nworkers: 2\nendpoints:\n" +
        endpoint("e", gated_.upstream.url(), "max_concurrent: 1"));
  send(0);
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  for (int i = 1; i <= 4; ++i) send(i);
  ASSERT_TRUE(waits(4));
  EXPECT_EQ(gateway_->stop(), 0);
}

// Under AddressSanitizer it shows whether its connection was there for as long as somebody looked at it.
TEST_F(Queueing, AClientThatEndsItsSideAndThenVanishesLeaves) {
  start("limits: {half_close: true}\nendpoints:\n" + endpoint("e", gated_.upstream.url(), "max_concurrent: 1"));
  send(0);
  ASSERT_TRUE(eventually([&] { return gated_.came().size() == 1; }));
  for (int i = 1; i <= 4; ++i) {
    auto& client = send(i);
    ASSERT_TRUE(waits(1));
    client.half_close();
    client.reset();
    ASSERT_TRUE(waits(0));
  }
  EXPECT_THAT(gated_.came(), SizeIs(1));
  gated_.gates.at(0).open();
}

// Over all workers there never are more than may be, nobody is forgotten, and no place is lost.
TEST_F(Queueing, ManyClientsShareFewPlaces) {
  std::atomic<int> at_once = 0;
  std::atomic<int> most_at_once = 0;
  FakeUpstream upstream({"m"}, {{chat, [&](Conversation& conversation) -> boost::asio::awaitable<void> {
                                   const int now = ++at_once;
                                   if (now > most_at_once) most_at_once = now;
                                   co_await conversation.pause(Milliseconds(1));
                                   --at_once;
                                   co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                                 }}});
  start("workers: 4\nendpoints:\n" + endpoint("e", upstream.url(), "max_concurrent: 3"));
  constexpr int client_count = 24;
  constexpr int requests_each = 20;
  std::atomic<int> answered = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < client_count; ++i) {
    clients.emplace_back([&] {
      const std::string body = R"({"model":"m","messages":[]})";
      RawClient client(gateway_->port(), Milliseconds(30'000));
      for (int request = 0; request < requests_each; ++request) {
        client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body);
        if (client.read_response().status() == 200) ++answered;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(answered, client_count * requests_each);
  EXPECT_EQ(most_at_once, 3);
  EXPECT_TRUE(waits(0));
  const auto models = Json::parse(ask(gateway_->port(), "GET", "/v1/models?verbose=true").body);
  EXPECT_THAT(models.dump(), HasSubstr("\"in_flight\":0"));
  gateway_.reset();
}

}  // namespace
}  // namespace pointsman::test
