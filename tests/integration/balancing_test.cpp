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
#include "support/raw_client.hpp"

// Which endpoint each policy takes.
namespace pointsman::test {
namespace {

using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::Pair;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";

class Balancing : public testing::Test {
 protected:
  // Endpoints a, b, c and so on that answer at once, behind four workers.
  void start(int count, const std::string& settings, const std::vector<std::string>& of_endpoints = {}) {
    std::string endpoints;
    for (int i = 0; i < count; ++i) {
      auto& upstream =
          upstreams_.emplace_back(std::vector<std::string>{"m"}, FakeUpstream::Routes{{chat, json(200, "{}")}});
      const auto more =
          static_cast<std::size_t>(i) < of_endpoints.size() ? of_endpoints[static_cast<std::size_t>(i)] : "";
      endpoints += endpoint(std::string(1, static_cast<char>('a' + i)), upstream.url(), more);
    }
    gateway_.emplace("workers: 4\n" + settings + "endpoints:\n" + endpoints);
    gateway_->wait_until_ready(static_cast<std::size_t>(count));
  }

  std::string answerer(const Json& body) const {
    return ask(gateway_->port(), "POST", "/v1/chat/completions", body.dump()).field("x-pointsman-endpoint");
  }
  bool is_idle() const {
    return eventually([&] {
      return ask(gateway_->port(), "GET", "/v1/models?verbose=true").body.find("\"in_flight\":1") == std::string::npos;
    });
  }
  static Json conversation(int number, int turns = 1) {
    Json messages = Json::array({{{"role", "system"}, {"content", "Be brief."}}});
    for (int turn = 1; turn <= turns; ++turn) {
      messages.push_back({{"role", "user"}, {"content", "Question " + std::to_string(turn * number)}});
      messages.push_back({{"role", "assistant"}, {"content", "Answer"}});
    }
    return {{"model", "m"}, {"messages", messages}};
  }

  std::list<FakeUpstream> upstreams_;
  std::optional<GatewayProcess> gateway_;
};

TEST_F(Balancing, RoundRobinTakesTurnsByWeight) {
  start(3, "routing: {policy: round_robin}\n", {"weight: 1", "weight: 2", "weight: 1"});
  std::map<std::string, int> counts;
  for (int i = 0; i < 40; ++i) ++counts[answerer(conversation(i))];
  EXPECT_THAT(counts, ElementsAre(Pair("a", 10), Pair("b", 20), Pair("c", 10)));
}

// A place is given back just after the last byte has left, and the bound is tight where little is under way.
TEST_F(Balancing, PrefixHashKeepsConversationsWhereTheyAre) {
  start(4, "models: {policies: {m: prefix_hash}}\n");
  std::map<std::string, int> counts;
  for (int i = 1; i <= 40; ++i) {
    ASSERT_TRUE(is_idle());
    const auto home = answerer(conversation(i));
    ++counts[home];
    for (int turns : {2, 3}) {
      auto later = conversation(i, turns);
      later["temperature"] = turns;
      ASSERT_TRUE(is_idle());
      EXPECT_EQ(answerer(later), home) << "turn " << turns << " of conversation " << i;
    }
  }
  EXPECT_THAT(counts, testing::SizeIs(4)) << "different conversations are spread";
}

TEST_F(Balancing, LatencyKeepsAwayFromTheSlow) {
  auto& slow = upstreams_.emplace_back(
      std::vector<std::string>{"m"},
      FakeUpstream::Routes{{chat, [](Conversation& conversation) -> boost::asio::awaitable<void> {
                              co_await conversation.pause(Milliseconds(200));
                              co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                            }}});
  FakeUpstream quick({"m"}, {{chat, json(200, "{}")}});
  gateway_.emplace("routing: {policy: p2c_latency}\nendpoints:\n" + endpoint("slow", slow.url()) +
                   endpoint("quick", quick.url()));
  gateway_->wait_until_ready(2);
  std::map<std::string, int> counts;
  for (int i = 0; i < 50; ++i) ++counts[answerer(conversation(i))];
  EXPECT_THAT(counts["quick"], Gt(47)) << "the slow one is asked once to know it";
  const auto explanation = ask(gateway_->operations_port(), "GET", "/explain?model=m&api=chat_completions").body;
  EXPECT_THAT(explanation, HasSubstr("p2c_latency"));
  EXPECT_THAT(explanation, HasSubstr("ms lately"));
  gateway_.reset();
}

}  // namespace
}  // namespace pointsman::test
