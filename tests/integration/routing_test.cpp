#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"

// Which endpoint a request goes to, and under which name.
namespace pointsman::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";
const std::string whole = R"({"model":"m","messages":[]})";
const std::string streamed = R"({"model":"m","messages":[],"stream":true})";

// Answers at once, but holds the end of a stream back until the gate is open.
Script held_by(demo::Gate gate) {
  return [gate](Conversation& conversation) -> boost::asio::awaitable<void> {
    if (conversation.request().body.find("stream") == std::string::npos) {
      co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
      co_return;
    }
    co_await conversation.send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
    co_await conversation.wait(gate);
    co_await conversation.send("0\r\n\r\n");
  };
}

// An endpoint with the model `m` whose streams a gate holds.
struct Holding {
  demo::Gate gate;
  FakeUpstream upstream{{"m"}, {{chat, held_by(gate)}}};
};

class Routing : public testing::Test {
 protected:
  // One worker: each has its own turn among equals.
  void start(const std::string& endpoints, std::size_t count, const std::string& settings = "") {
    gateway_.emplace("workers: 1\n" + settings + "endpoints:\n" + endpoints);
    gateway_->wait_until_ready(count);
  }

  Response post(const std::string& body = whole) const {
    return ask(gateway_->port(), "POST", "/v1/chat/completions", body);
  }

  // Who answers; a request that is not answered is no one's.
  std::string answerer() const {
    const auto response = post();
    return response.status() == 200 ? response.field("x-pointsman-endpoint") : "no one";
  }
  std::map<std::string, int> answerers(int requests) const {
    std::map<std::string, int> counts;
    for (int i = 0; i < requests; ++i) ++counts[answerer()];
    return counts;
  }

  // Begins a stream and leaves it open; returns who serves it.
  std::string open_stream() {
    auto& client = streams_.emplace_back(gateway_->port());
    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(streamed.size()) +
                "\r\n\r\n" + streamed);
    std::string text;
    while (text.find("data: 1") == std::string::npos) {
      const auto more = client.read_some();
      if (more.empty()) return "no one";
      text += more;
    }
    const std::string field = "x-pointsman-endpoint: ";
    const auto begin = text.find(field) + field.size();
    return text.substr(begin, text.find('\r', begin) - begin);
  }

  Json models() const { return Json::parse(ask(gateway_->port(), "GET", "/v1/models").body).at("data"); }

  std::optional<GatewayProcess> gateway_;
  std::list<RawClient> streams_;
};

TEST_F(Routing, TheFewestInFlightForItsWeight) {
  Holding light;
  Holding heavy;
  start(endpoint("light", light.upstream.url(), "weight: 1") + endpoint("heavy", heavy.upstream.url(), "weight: 3"), 2);
  std::map<std::string, int> streams;
  for (int i = 0; i < 8; ++i) ++streams[open_stream()];
  EXPECT_THAT(streams, ElementsAre(Pair("heavy", 6), Pair("light", 2)));
}

TEST_F(Routing, AStreamCountsUntilItsLastByte) {
  Holding a;
  Holding b;
  start(endpoint("a", a.upstream.url()) + endpoint("b", b.upstream.url()), 2);
  const auto busy = open_stream();
  const std::string idle = busy == "a" ? "b" : "a";
  EXPECT_THAT(answerers(4), ElementsAre(Pair(idle, 4)));

  a.gate.open();
  b.gate.open();
  EXPECT_THAT(streams_.front().read_some(), HasSubstr("0\r\n\r\n"));
  EXPECT_THAT(answerers(4), ElementsAre(Pair("a", 2), Pair("b", 2)));
}

TEST_F(Routing, EqualsTakeTurns) {
  Holding a;
  Holding b;
  Holding c;
  start(endpoint("a", a.upstream.url()) + endpoint("b", b.upstream.url()) + endpoint("c", c.upstream.url()), 3);
  EXPECT_THAT(answerers(9), ElementsAre(Pair("a", 3), Pair("b", 3), Pair("c", 3)));
}

TEST_F(Routing, AllWorkersShareOneCount) {
  Holding a;
  Holding b;
  gateway_.emplace("workers: 4\nendpoints:\n" + endpoint("a", a.upstream.url()) + endpoint("b", b.upstream.url()));
  gateway_->wait_until_ready(2);
  std::map<std::string, int> streams;
  for (int i = 0; i < 8; ++i) ++streams[open_stream()];
  EXPECT_THAT(streams, ElementsAre(Pair("a", 4), Pair("b", 4)));
}

TEST_F(Routing, ALowerPriorityServesOnlyWhileTheHigherIsDown) {
  std::optional<FakeUpstream> first;
  first.emplace(std::vector<std::string>{"m"}, FakeUpstream::Routes{{chat, json(200, "{}")}});
  const auto port = first->port();
  FakeUpstream second({"m"}, {{chat, json(200, "{}")}});
  start(endpoint("backup", second.url(), "priority: 1") + endpoint("main", first->url(), "priority: 0"), 2,
        "probe: {interval: 100ms, timeout: 500ms}\n");
  EXPECT_THAT(answerers(4), ElementsAre(Pair("main", 4)));

  // Before a probe has seen it, and after.
  first.reset();
  EXPECT_THAT(answerers(2), ElementsAre(Pair("backup", 2)));
  EXPECT_TRUE(eventually([&] {
    return ask(gateway_->operations_port(), "GET", "/readyz").body.find(R"("endpoints_up":1)") != std::string::npos;
  }));
  EXPECT_THAT(answerers(2), ElementsAre(Pair("backup", 2)));

  first.emplace(std::vector<std::string>{"m"}, FakeUpstream::Routes{{chat, json(200, "{}")}},
                demo::ScriptedServer::Options{.port = port});
  EXPECT_TRUE(eventually([&] { return answerer() == "main"; }));
  EXPECT_THAT(answerers(4), ElementsAre(Pair("main", 4)));
}

TEST_F(Routing, ALowerPriorityServesWhileTheHigherIsFull) {
  Holding main;
  Holding backup;
  start(endpoint("main", main.upstream.url(), "max_concurrent: 1") +
            endpoint("backup", backup.upstream.url(), "priority: 1"),
        2);
  EXPECT_EQ(open_stream(), "main");
  EXPECT_EQ(open_stream(), "backup");
  EXPECT_EQ(answerer(), "backup");
}

TEST_F(Routing, FullEndpointsAreOverloaded) {
  Holding a;
  Holding b;
  start(endpoint("a", a.upstream.url(), "max_concurrent: 1") + endpoint("b", b.upstream.url(), "max_concurrent: 2"), 2,
        "queue: {length: 0}\n");
  std::map<std::string, int> streams;
  for (int i = 0; i < 3; ++i) ++streams[open_stream()];
  EXPECT_THAT(streams, ElementsAre(Pair("a", 1), Pair("b", 2)));

  const auto response = post();
  EXPECT_TRUE(is_own_error(response, 503, "overloaded"));
  EXPECT_EQ(response.field("Retry-After"), "1");
  EXPECT_THAT(a.upstream.requests(), SizeIs(1));
  EXPECT_THAT(b.upstream.requests(), SizeIs(2));

  a.gate.open();
  EXPECT_TRUE(eventually([&] { return answerer() == "a"; }));
}

TEST_F(Routing, AClientThatLeavesMakesRoom) {
  Holding a;
  start(endpoint("a", a.upstream.url(), "max_concurrent: 1"), 1, "queue: {length: 0}\n");
  EXPECT_EQ(open_stream(), "a");
  EXPECT_TRUE(is_own_error(post(), 503, "overloaded"));
  streams_.clear();
  EXPECT_TRUE(eventually([&] { return answerer() == "a"; }));
}

TEST_F(Routing, AnEndpointThatRefusesConnectionsIsPassedOver) {
  Holding alive;
  {
    Holding dead;
    start(endpoint("dead", dead.upstream.url()) + endpoint("alive", alive.upstream.url()), 2);
    EXPECT_THAT(answerers(2), ElementsAre(Pair("alive", 1), Pair("dead", 1)));
  }
  EXPECT_THAT(answerers(4), ElementsAre(Pair("alive", 4)));
}

TEST_F(Routing, AsManyEndpointsAreTriedAsTheFileSays) {
  Holding alive;
  {
    Holding dead;
    start(endpoint("dead", dead.upstream.url()) + endpoint("alive", alive.upstream.url()), 2,
          "routing: {attempts: 1}\n");
  }
  std::vector<int> statuses{post().status(), post().status()};
  EXPECT_THAT(statuses, testing::UnorderedElementsAre(200, 502));
}

TEST_F(Routing, AnAliasIsReplacedByEachEndpointsOwnName) {
  FakeUpstream llama({"llama3.2:3b", "other"}, {{chat, json(200, "{}")}});
  FakeUpstream strange({R"(a"b\c)"}, {{chat, json(200, "{}")}});
  start(endpoint("llama", llama.url(), "models: [{id: \"llama3.2:3b\", aliases: [small, tiny]}]") +
            endpoint("strange", strange.url(), "models: [{id: 'a\"b\\c', aliases: [small]}]"),
        2);

  const std::string before = "{ \"x\" : 1.0 ,\"tools\":[{\"model\":\"small\"}],\n\t\"model\" :  ";
  const std::string after = "  , \"y\":\"gr\\u00fc\xc3\x9f\",\"z\":\"small\" }\n ";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(post(before + "\"small\"" + after).status(), 200);
  ASSERT_THAT(llama.requests(), SizeIs(1));
  ASSERT_THAT(strange.requests(), SizeIs(1));
  EXPECT_EQ(llama.requests().at(0).body, before + "\"llama3.2:3b\"" + after);
  EXPECT_EQ(strange.requests().at(0).body, before + R"("a\"b\\c")" + after);

  // Written with an escape; under its other name; under its own, where nothing changes.
  EXPECT_EQ(post(before + "\"ti\\u006ey\"" + after).status(), 200);
  EXPECT_EQ(llama.requests().at(1).body, before + "\"llama3.2:3b\"" + after);
  EXPECT_EQ(post(before + "\"llama3\\u002e2:3b\"" + after).status(), 200);
  EXPECT_EQ(llama.requests().at(2).body, before + "\"llama3\\u002e2:3b\"" + after);
}

TEST_F(Routing, AnAliasIsListedAsAModel) {
  FakeUpstream llama({"llama3.2:3b"}, {{chat, json(200, "{}")}});
  start(endpoint("llama", llama.url(), "models: [{id: \"llama3.2:3b\", aliases: [small]}]"), 1);
  const auto listed = models();
  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0]["id"], "llama3.2:3b");
  EXPECT_EQ(listed[1]["id"], "small");
  EXPECT_EQ(listed[1]["supported_apis"], listed[0]["supported_apis"]);
}

TEST_F(Routing, ARequestMayLeaveOutTheModelWhereTheFileNamesOne) {
  FakeUpstream a({"a"}, {{chat, json(200, "{}")}, {"POST /v1/responses", json(200, "{}")}});
  FakeUpstream b({"b"}, {{chat, json(200, "{}")}, {"POST /v1/responses", json(200, "{}")}});
  start(endpoint("a", a.url()) + endpoint("b", b.url()), 2, "defaults: {responses: b}\n");

  const std::string body = R"({ "input":"hello" })";
  for (int i = 0; i < 2; ++i) {
    const auto response = ask(gateway_->port(), "POST", "/v1/responses", body);
    EXPECT_EQ(response.status(), 200);
    EXPECT_EQ(response.field("x-pointsman-endpoint"), "b");
  }
  ASSERT_THAT(b.requests(), SizeIs(2));
  EXPECT_EQ(b.requests().at(0).body, body);
  EXPECT_EQ(ask(gateway_->port(), "POST", "/v1/responses", R"({"model":"a"})").field("x-pointsman-endpoint"), "a");
  // It holds for that API alone.
  EXPECT_TRUE(is_own_error(post(R"({"messages":[]})"), 400));
  EXPECT_TRUE(is_own_error(ask(gateway_->port(), "POST", "/v1/responses", R"({"model":null})"), 400));
}

TEST_F(Routing, OnlyTheModelsThatTheFileNamesAreServed) {
  FakeUpstream upstream({"wanted", "unwanted"}, {{chat, json(200, "{}")}});
  start(endpoint("e", upstream.url(), "models: [wanted]"), 1);
  ASSERT_THAT(models(), SizeIs(1));
  EXPECT_EQ(models()[0]["id"], "wanted");
  EXPECT_EQ(post(R"({"model":"wanted"})").status(), 200);
  EXPECT_TRUE(is_own_error(post(R"({"model":"unwanted"})"), 404, "model_not_found"));
  EXPECT_THAT(upstream.requests(), SizeIs(1));
}

TEST_F(Routing, WhatTheFileSaysOfAnApiOverrulesTheProbe) {
  FakeUpstream upstream({"m"}, {{chat, json(200, "{}")}, {"POST /v1/responses", json(200, "{}")}});
  start(endpoint("e", upstream.url(), "apis: {responses: false}"), 1);
  EXPECT_EQ(models()[0]["supported_apis"], Json::array({"chat_completions"}));
  EXPECT_TRUE(is_own_error(ask(gateway_->port(), "POST", "/v1/responses", whole), 501, "unsupported_api"));
  EXPECT_THAT(upstream.requests(), IsEmpty());
}

}  // namespace
}  // namespace pointsman::test
