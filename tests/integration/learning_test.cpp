#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>

#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"
#include "support/wire.hpp"

// What live answers teach, between two probes.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::json;

const std::string body = R"({"model":"m","messages":[]})";
const std::string no_probes = "probe: {interval: 1h}\n";

std::string endpoints_of(const std::string& url) { return "endpoints: [{name: e, url: '" + url + "'}]\n"; }

// A server whose routes nobody can find out without using them.
class Secretive {
 public:
  std::atomic<bool> has_new_model = false;
  std::atomic<bool> hangs = false;

  std::string url() const { return server_.url(); }
  const demo::ScriptedServer& server() const { return server_; }

 private:
  awaitable<void> answer(Conversation& conversation) {
    const auto& request = conversation.request();
    std::string reply = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    if (hangs) co_await conversation.until_client_leaves();
    if (request.target() == "/v1/models") {
      const std::string more = has_new_model ? R"(,{"id":"new"})" : "";
      reply = ok(R"({"object":"list","data":[{"id":"m"})" + more + "]}");
    } else if (request.body.size() > 1) {
      reply = ok(R"({"id":"x"})");
    }
    co_await conversation.send(std::move(reply));
  }

  demo::ScriptedServer server_{[this](Conversation& conversation) { return answer(conversation); }};
};

class Learning : public testing::Test {
 protected:
  void start(const std::string& yaml) {
    gateway_.emplace(yaml);
    gateway_->wait_until_ready(1);
  }
  Response post(const std::string& content = body) const {
    return ask(gateway_->port(), "POST", "/v1/chat/completions", content);
  }
  Json supported_apis() const {
    return Json::parse(ask(gateway_->port(), "GET", "/v1/models/m").body)["supported_apis"];
  }
  std::optional<GatewayProcess> gateway_;
};

// docs/operations.md says both.
TEST_F(Learning, OfTwoAlikeTheFirstToAnswerGetsAllUnlessTheFileKnowsBoth) {
  const Secretive one;
  const Secretive other;
  for (const std::string apis : {"", ", apis: {chat_completions: true}"}) {
    gateway_.emplace(no_probes + "workers: 1\nendpoints: [{name: a, url: '" + one.url() + "'" + apis +
                     "}, {name: b, url: '" + other.url() + "'" + apis + "}]\n");
    gateway_->wait_until_ready(2);
    const auto first = post().field("x-pointsman-endpoint");
    ASSERT_TRUE(eventually([&] { return !supported_apis().empty(); }));
    int with_first = 0;
    for (int i = 0; i < 6; ++i) with_first += post().field("x-pointsman-endpoint") == first ? 1 : 0;
    EXPECT_EQ(with_first, apis.empty() ? 6 : 3);
  }
}

TEST_F(Learning, WhatWorksIsKnownToWork) {
  Secretive upstream;
  start(no_probes + endpoints_of(upstream.url()));
  EXPECT_THAT(supported_apis(), IsEmpty()) << "nothing is claimed that nobody knows";
  EXPECT_EQ(post().status(), 200) << "but it is tried";
  EXPECT_TRUE(eventually([&] { return supported_apis() == Json{"chat_completions"}; }));
}

TEST_F(Learning, ARouteThatIsGoneIsAnsweredWith501) {
  FakeUpstream upstream({"m"}, {{"POST /v1/chat/completions", json(404, R"({"detail":"Not Found"})")}});
  start(no_probes + endpoints_of(upstream.url()));
  EXPECT_THAT(supported_apis(), ElementsAre("chat_completions"));
  const auto first = post();
  EXPECT_EQ(first.status(), 404) << "the endpoint's own answer";
  EXPECT_EQ(first.body, R"({"detail":"Not Found"})");
  EXPECT_TRUE(eventually([&] { return post().status() == 501; }));
  EXPECT_THAT(supported_apis(), IsEmpty());
}

TEST_F(Learning, OneModelThatCannotLeavesTheOthersAlone) {
  const Script script = [](Conversation& conversation) -> awaitable<void> {
    const bool can = conversation.request().body.find("\"m\"") != std::string::npos;
    std::string refusal = R"({"error":{"message":"\"n\" does not support chat"}})";
    refusal = "HTTP/1.1 400 Bad\r\nContent-Length: " + std::to_string(refusal.size()) + "\r\n\r\n" + refusal;
    co_await conversation.send(can ? ok("{}") : refusal);
  };
  FakeUpstream upstream({"m", "n"}, {{"POST /v1/chat/completions", script}});
  start(no_probes + endpoints_of(upstream.url()));
  EXPECT_EQ(post(R"({"model":"n"})").status(), 400);
  EXPECT_TRUE(eventually([&] { return post(R"({"model":"n"})").status() == 501; }));
  EXPECT_EQ(post().status(), 200);
}

TEST_F(Learning, AModelThatNobodyHadIsLookedForOnce) {
  Secretive upstream;
  start(no_probes + endpoints_of(upstream.url()));
  upstream.has_new_model = true;
  EXPECT_EQ(post(R"({"model":"new"})").status(), 200);
  const auto asked = upstream.server().seen().requests;
  EXPECT_EQ(post(R"({"model":"newer"})").status(), 404);
  EXPECT_EQ(post(R"({"model":"newest"})").status(), 404);
  EXPECT_EQ(upstream.server().seen().requests, asked) << "not again for each name that somebody makes up";
}

TEST_F(Learning, AGatewayThatStopsLetsNobodyWait) {
  Secretive upstream;
  start(no_probes + endpoints_of(upstream.url()));
  upstream.hangs = true;
  const auto asked = upstream.server().seen().requests;
  RawClient client(gateway_->port());
  client.send(pointsman::test::post(R"({"model":"new"})"));
  ASSERT_TRUE(
      upstream.server().wait_for([&](const auto& seen) { return seen.requests > asked; }, Milliseconds(10'000)));
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_EQ(client.read_response().status(), 404) << "told what was known";
}

}  // namespace
}  // namespace pointsman::test
