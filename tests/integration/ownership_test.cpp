#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/stateful_server.hpp"
#include "support/wire.hpp"

// What lives in one of several endpoints: whoever goes on with it reaches the endpoint that keeps it.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::json;
using Headers = std::vector<demo::Header>;

const std::string keys =
    R"(access: {keys: [{name: alice, key: "alice-secret-key-1"}, {name: bob, key: "bob-secret-key-12"}]}
)";
const Headers alice{{"Authorization", "Bearer alice-secret-key-1"}};
const Headers bob{{"Authorization", "Bearer bob-secret-key-12"}};

class Ownership : public testing::Test {
 protected:
  void start(const std::string& endpoints, std::size_t up, const std::string& more = "") {
    gateway_.emplace(GatewayProcess::Options{
        "probe: {interval: 1h, timeout: 20s}\n" + more + "endpoints:\n" + endpoints, {}, home_.path()});
    gateway_->wait_until_ready(up);
  }
  void start_both(const std::string& more = "") { start(endpoint("a", a_->url()) + endpoint("b", b_->url()), 2, more); }

  Response send(const std::string& method, const std::string& path, const Json& body = {}, const Headers& head = {}) {
    return ask(gateway_->port(), method, "/v1" + path, body.is_null() ? "" : body.dump(), head);
  }
  Response respond(const Json& more = Json::object(), const Headers& head = {}) {
    Json body{{"model", "m"}, {"input", "hello"}};
    body.update(more);
    return send("POST", "/responses", body, head);
  }

  // The id of a response, as the client finds it.
  static std::string id_of(const Response& response) {
    if (response.field("Content-Type") == "application/json") return Json::parse(response.body).value("id", "");
    const auto at = response.body.find("\"id\":\"resp_");
    const auto begin = at + 6;
    return at == std::string::npos ? "" : response.body.substr(begin, response.body.find('"', begin) - begin);
  }
  StatefulServer& keeper_of(const std::string& id) { return a_->keeps(id) ? *a_ : *b_; }
  // A response that this endpoint keeps: requests take turns.
  std::string made_by(StatefulServer& server, const Headers& head = {}) {
    for (int i = 0; i < 10; ++i) {
      auto id = id_of(respond(Json::object(), head));
      if (server.keeps(id)) return id;
    }
    ADD_FAILURE() << "it is never asked";
    return "";
  }

  TempDirectory home_;
  std::optional<StatefulServer> a_{std::in_place, "a"};
  std::optional<StatefulServer> b_{std::in_place, "b"};
  std::optional<GatewayProcess> gateway_;
};

TEST_F(Ownership, EveryTurnReachesTheEndpointThatKeepsTheOneBefore) {
  start_both();
  for (const bool streamed : {false, true}) {
    for (int conversation = 0; conversation < 6; ++conversation) {
      std::string previous;
      for (int turn = 1; turn <= 5; ++turn) {
        Json more{{"stream", streamed}};
        if (!previous.empty()) more["previous_response_id"] = previous;
        const auto response = respond(more);
        ASSERT_EQ(response.status(), 200) << response.body;
        EXPECT_THAT(response.body, HasSubstr("\"turn\":" + std::to_string(turn)));
        previous = id_of(response);
      }
    }
  }
  EXPECT_EQ(a_->strays() + b_->strays(), 0u);
  EXPECT_GT(a_->server().seen().requests, 20u);
  EXPECT_GT(b_->server().seen().requests, 20u);
}

TEST_F(Ownership, WhatIsKeptIsReadCancelledAndDeletedWhereItIs) {
  start_both();
  for (auto* server : {&*a_, &*b_}) {
    const auto id = made_by(*server);
    EXPECT_EQ(id_of(send("GET", "/responses/" + id)), id);
    EXPECT_EQ(Json::parse(send("GET", "/responses/" + id + "/input_items").body)["of"], id);
    EXPECT_EQ(Json::parse(send("POST", "/responses/" + id + "/cancel").body)["status"], "cancelled");
    const auto resumed = send("GET", "/responses/" + id + "?stream=true&starting_after=1");
    EXPECT_THAT(resumed.body, HasSubstr("response.completed"));
    EXPECT_THAT(resumed.body, testing::Not(HasSubstr("response.created")));
    EXPECT_EQ(Json::parse(send("DELETE", "/responses/" + id).body)["deleted"], true);
    EXPECT_FALSE(server->keeps(id));
    EXPECT_EQ(send("GET", "/responses/" + id).status(), 404);
  }
}

TEST_F(Ownership, ARestartForgetsNothing) {
  start_both();
  const auto of_a = made_by(*a_);
  const auto of_b = made_by(*b_);
  ASSERT_EQ(gateway_->stop(), 0);
  start_both();
  for (const auto& id : {of_a, of_b}) {
    EXPECT_EQ(respond({{"previous_response_id", id}}).status(), 200);
    EXPECT_EQ(send("GET", "/responses/" + id).status(), 200);
  }
  EXPECT_EQ(a_->strays() + b_->strays(), 0u);
}

// What the feature is for, at once: many conversations in parallel, streamed and not, of two clients, over three
// servers and a restart of the gateway in the middle.
TEST_F(Ownership, TwoHundredConversationsKeepTheirPlaces) {
  constexpr int count = 200;
  constexpr int turns = 5;
  constexpr int threads = 8;
  StatefulServer c("c");
  const auto all = endpoint("a", a_->url()) + endpoint("b", b_->url()) + endpoint("c", c.url());
  start(all, 3, keys);
  std::vector<std::string> previous(count);
  const auto of = [&](int conversation) -> const Headers& { return conversation % 2 == 0 ? alice : bob; };
  const auto in_parallel = [&](const std::function<void(int)>& action) {
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < threads; ++worker) {
      workers.emplace_back([&, worker] {
        for (int conversation = worker; conversation < count; conversation += threads) action(conversation);
      });
    }
  };
  for (int turn = 1; turn <= turns; ++turn) {
    if (turn == 4) {
      ASSERT_EQ(gateway_->stop(), 0);
      start(all, 3, keys);
    }
    in_parallel([&](int conversation) {
      Json more{{"stream", conversation % 3 == 0}};
      if (turn > 1) more["previous_response_id"] = previous[conversation];
      const auto response = respond(more, of(conversation));
      EXPECT_EQ(response.status(), 200) << response.body;
      EXPECT_THAT(response.body, HasSubstr("\"turn\":" + std::to_string(turn)));
      previous[conversation] = id_of(response);
    });
  }
  in_parallel([&](int conversation) {
    const auto path = "/responses/" + previous[conversation];
    EXPECT_EQ(id_of(send("GET", path, {}, of(conversation))), previous[conversation]);
    EXPECT_EQ(send("GET", path, {}, of(conversation + 1)).status(), 404);
    EXPECT_EQ(send("DELETE", path, {}, of(conversation + 1)).status(), 404);
    EXPECT_EQ(send("DELETE", path, {}, of(conversation)).status(), 200);
  });
  for (const auto& id : previous) EXPECT_FALSE(a_->keeps(id) || b_->keeps(id) || c.keeps(id)) << id;
  EXPECT_EQ(a_->strays() + b_->strays() + c.strays(), 0u);
}

TEST_F(Ownership, NothingIsThereForAnotherKey) {
  start_both(keys);
  const auto id = made_by(*a_, alice);
  EXPECT_EQ(send("GET", "/responses/" + id, {}, alice).status(), 200);
  const auto asked = a_->server().seen().requests + b_->server().seen().requests;
  EXPECT_TRUE(is_own_error(send("GET", "/responses/" + id, {}, bob), 404, "not_found"));
  EXPECT_TRUE(is_own_error(send("DELETE", "/responses/" + id, {}, bob), 404, "not_found"));
  EXPECT_TRUE(is_own_error(send("POST", "/responses/" + id + "/cancel", {}, bob), 404, "not_found"));
  EXPECT_TRUE(is_own_error(respond({{"previous_response_id", id}}, bob), 404, "previous_response_not_found"));
  EXPECT_EQ(a_->server().seen().requests + b_->server().seen().requests, asked) << "nobody else is asked";
  ASSERT_EQ(gateway_->stop(), 0);
  start_both(keys);
  EXPECT_EQ(send("GET", "/responses/" + id, {}, bob).status(), 404) << "nor after a restart";
  EXPECT_EQ(send("GET", "/responses/" + id, {}, alice).status(), 200);
}

TEST_F(Ownership, AKeeperThatIsDownIsNotReplaced) {
  start_both();
  const auto id = made_by(*a_);
  a_.reset();
  for (int i = 0; i < 4; ++i) respond();  // finds out
  EXPECT_TRUE(eventually([&] { return send("GET", "/responses/" + id).status() == 503; }));
  const auto refused = respond({{"previous_response_id", id}});
  EXPECT_TRUE(is_own_error(refused, 503, "no_healthy_endpoint"));
  EXPECT_THAT(message_of(refused), HasSubstr("The endpoint that keeps '" + id + "'"));
  EXPECT_NE(refused.field("Retry-After"), "");
  EXPECT_EQ(b_->strays(), 0u);
}

TEST_F(Ownership, AKeeperThatLeftTheConfigurationIsGone) {
  start_both();
  const auto id = made_by(*a_);
  ASSERT_EQ(gateway_->stop(), 0);
  start(endpoint("b", b_->url()), 1);
  EXPECT_TRUE(is_own_error(respond({{"previous_response_id", id}}), 404, "previous_response_not_found"));
  EXPECT_TRUE(is_own_error(send("GET", "/responses/" + id), 404, "not_found"));
  EXPECT_EQ(b_->strays(), 0u);
}

TEST_F(Ownership, WhatNobodySawBeingMadeIsLookedForByReadingOnly) {
  start_both();
  const auto id = made_by(*b_);
  ASSERT_EQ(gateway_->stop(), 0);
  std::filesystem::remove_all(home_.path());
  std::filesystem::create_directory(home_.path());
  start_both();
  EXPECT_EQ(send("GET", "/responses/" + id).status(), 200) << "each is asked until one has it";
  EXPECT_EQ(send("GET", "/responses/resp_x").status(), 404);
  const auto before = a_->strays() + b_->strays();
  EXPECT_TRUE(is_own_error(send("DELETE", "/responses/" + id), 404, "not_found"));
  EXPECT_TRUE(is_own_error(send("POST", "/responses/" + id + "/cancel"), 404, "not_found"));
  EXPECT_TRUE(is_own_error(respond({{"previous_response_id", id}}), 404, "previous_response_not_found"));
  EXPECT_EQ(a_->strays() + b_->strays(), before);
  EXPECT_TRUE(b_->keeps(id));
}

TEST_F(Ownership, WhatNobodySawBeingMadeIsNobodysWhereThereAreSeveralKeys) {
  start(endpoint("a", a_->url()), 1, keys);
  const auto asked = a_->server().seen().requests;
  EXPECT_TRUE(is_own_error(send("GET", "/responses/resp_elsewhere", {}, alice), 404, "not_found"));
  EXPECT_TRUE(is_own_error(send("DELETE", "/responses/resp_elsewhere", {}, alice), 404, "not_found"));
  EXPECT_TRUE(
      is_own_error(respond({{"previous_response_id", "resp_elsewhere"}}, alice), 404, "previous_response_not_found"));
  EXPECT_EQ(a_->server().seen().requests, asked);
}

TEST_F(Ownership, TheOnlyEndpointIsAskedForWhatNobodyKnows) {
  start(endpoint("a", a_->url()), 1);
  const auto stray = respond({{"previous_response_id", "resp_elsewhere"}});
  EXPECT_EQ(stray.status(), 404);
  EXPECT_EQ(stray.field("x-pointsman-endpoint"), "a") << "its own words";
  EXPECT_EQ(send("DELETE", "/responses/resp_elsewhere").field("x-pointsman-endpoint"), "a");
}

TEST_F(Ownership, AConversationIsMadeAndStaysInOnePlace) {
  start_both();
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(id_of(send("POST", "/conversations", {{"items", {{{"id", "x"}}}}})));
  for (const auto& id : ids) {
    ASSERT_NE(id, "");
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(respond({{"conversation", id}}).status(), 200);
      EXPECT_EQ(respond({{"conversation", {{"id", id}}}}).status(), 200);
    }
    EXPECT_EQ(id_of(send("GET", "/conversations/" + id)), id);
    EXPECT_EQ(send("POST", "/conversations/" + id, {{"metadata", {{"k", "v"}}}}).status(), 200);
    EXPECT_EQ(Json::parse(send("GET", "/conversations/" + id + "/items").body)["data"].size(), 1u);
    EXPECT_EQ(send("POST", "/conversations/" + id + "/items", {{"items", Json::array()}}).status(), 200);
    EXPECT_EQ(Json::parse(send("GET", "/conversations/" + id + "/items/it_1").body)["conversation"], id);
    EXPECT_EQ(Json::parse(send("DELETE", "/conversations/" + id + "/items/it_1").body)["method"], "DELETE");
    EXPECT_EQ(send("DELETE", "/conversations/" + id).status(), 200);
    EXPECT_FALSE(keeper_of(id).keeps(id));
  }
  EXPECT_EQ(a_->strays() + b_->strays(), 0u);
}

TEST_F(Ownership, TwoThingsThatTwoEndpointsKeepDoNotGoTogether) {
  start_both();
  const auto id = made_by(*a_);
  std::string conversation;
  do conversation = id_of(send("POST", "/conversations", Json::object()));
  while (a_->keeps(conversation));
  EXPECT_TRUE(is_own_error(respond({{"previous_response_id", id}, {"conversation", conversation}}), 400));
}

TEST_F(Ownership, AStoredChatIsFoundAgain) {
  start_both();
  for (int i = 0; i < 4; ++i) {
    const auto made = send("POST", "/chat/completions", {{"model", "m"}, {"messages", Json::array()}, {"store", true}});
    const auto id = id_of(made);
    EXPECT_EQ(id_of(send("GET", "/chat/completions/" + id)), id);
    EXPECT_EQ(Json::parse(send("GET", "/chat/completions/" + id + "/messages").body)["of"], id);
    EXPECT_EQ(send("DELETE", "/chat/completions/" + id).status(), 200);
  }
  EXPECT_EQ(a_->strays() + b_->strays(), 0u);
}

TEST_F(Ownership, EncryptedReasoningGoesBackWhereItCanBeRead) {
  a_.emplace("a", StatefulServer::Options{.account = "one"});
  b_.emplace("b", StatefulServer::Options{.account = "two"});
  StatefulServer c("c", {.account = "one"});
  start(endpoint("a", a_->url(), "account: one") + endpoint("b", b_->url(), "account: two") +
            endpoint("c", c.url(), "account: one"),
        3);
  for (const bool streamed : {false, true}) {
    for (int i = 0; i < 9; ++i) {
      const auto made = respond({{"include", {"reasoning.encrypted_content"}}, {"store", false}, {"stream", streamed}});
      const auto at = made.body.find("secret/of/");
      ASSERT_NE(at, std::string::npos);
      const auto secret = made.body.substr(at, made.body.find('"', at) - at);
      for (int again = 0; again < 3; ++again) {
        const auto next =
            respond({{"input", {{{"type", "reasoning"}, {"encrypted_content", secret}}}}, {"store", false}});
        EXPECT_EQ(next.status(), 200) << next.body;
      }
    }
  }
  EXPECT_GT(c.server().seen().requests, 9u);
}

TEST_F(Ownership, WhoeverLeavesCancelsNothingThatGoesOnInTheBackground) {
  std::promise<void> arrived;
  demo::Gate gate;
  const Script slow = [&](Conversation& conversation) -> boost::asio::awaitable<void> {
    if (conversation.request().body.find("background") == std::string::npos) {
      co_return co_await conversation.until_client_leaves();
    }
    arrived.set_value();
    co_await conversation.wait(gate);
    co_await conversation.send(ok(R"({"id":"resp_1","status":"queued"})"));
  };
  FakeUpstream upstream({"m"},
                        {{"POST /v1/responses", slow}, {"GET /v1/responses/resp_1", json(200, R"({"id":"resp_1"})")}});
  start(endpoint("a", upstream.url()) + endpoint("b", b_->url(), "priority: 1"), 2);
  {
    RawClient client(gateway_->port());
    client.send(post(R"({"model":"m","background":true})", "", "/v1/responses"));
    arrived.get_future().wait();
    client.close();
  }
  // Another client that leaves later shows when such a thing has been noticed.
  const auto before = upstream.requests().size();
  RawClient other(gateway_->port());
  other.send(post(R"({"model":"m"})", "", "/v1/responses"));
  ASSERT_TRUE(eventually([&] { return upstream.requests().size() > before; }));
  other.close();
  ASSERT_TRUE(upstream.server().wait_for([](const auto& seen) { return seen.abandoned > 0; }, Milliseconds(10'000)));
  EXPECT_EQ(upstream.server().seen().abandoned, 1u) << "the other one's";
  gate.open();
  EXPECT_TRUE(eventually([&] { return send("GET", "/responses/resp_1").field("x-pointsman-endpoint") == "a"; }));
  EXPECT_EQ(b_->strays(), 0u);
  EXPECT_EQ(upstream.server().seen().abandoned, 1u);
}

TEST_F(Ownership, ABackgroundResponseIsPolledResumedAndCancelled) {
  start_both();
  for (int i = 0; i < 4; ++i) {
    const auto id = id_of(respond({{"background", true}}));
    EXPECT_EQ(Json::parse(send("GET", "/responses/" + id).body)["status"], "queued");
    keeper_of(id).complete(id);
    EXPECT_EQ(Json::parse(send("GET", "/responses/" + id).body)["status"], "completed");
    EXPECT_EQ(Json::parse(send("POST", "/responses/" + id + "/cancel").body)["status"], "cancelled");
  }
}

TEST_F(Ownership, TheIdMayStandBehindMuchElse) {
  a_.emplace("a", StatefulServer::Options{.padding = 300'000});
  b_.emplace("b", StatefulServer::Options{.padding = 300'000});
  start_both();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(respond({{"previous_response_id", id_of(respond())}}).status(), 200);
  }
  EXPECT_EQ(a_->strays() + b_->strays(), 0u);
}

TEST_F(Ownership, CompressedAnswersAreReadTooAndPassAsTheyAre) {
  const auto gzip = [](const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string packed(deflateBound(&stream, text.size()), '\0');
    std::string from = text;
    stream.next_in = reinterpret_cast<Bytef*>(from.data());
    stream.avail_in = static_cast<uInt>(from.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
  };
  const auto whole = gzip(R"({"object":"response","id":"resp_of_a"})");
  const auto events = gzip("event: response.created\ndata: {\"response\":{\"id\":\"resp_of_b\"}}\n\n");
  FakeUpstream a({"of-a"}, {{"POST /v1/responses",
                             bytes(ok(whole, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"))},
                            {"GET /v1/responses/resp_of_a", json(200, "{}")}});
  FakeUpstream b({"of-b"},
                 {{"POST /v1/responses",
                   bytes(ok_in_chunks(events, 7, "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"))},
                  {"GET /v1/responses/resp_of_b", json(200, "{}")}});
  start(endpoint("a", a.url()) + endpoint("b", b.url()), 2);
  EXPECT_EQ(respond({{"model", "of-a"}}).body, whole);
  EXPECT_EQ(respond({{"model", "of-b"}}).body, events);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(send("GET", "/responses/resp_of_a").field("x-pointsman-endpoint"), "a");
    EXPECT_EQ(send("GET", "/responses/resp_of_b").field("x-pointsman-endpoint"), "b");
  }
  EXPECT_EQ(a.requests().size() + b.requests().size(), 8u) << "nobody had to be asked in turn";
}

TEST_F(Ownership, IdsThatLeadElsewhereAreNone) {
  start_both();
  const auto asked = a_->server().seen().requests + b_->server().seen().requests;
  for (const std::string path : {"/responses/..", "/responses/%2e%2e/input_items", "/responses/a%2fb",
                                 "/responses/a%3fb", "/conversations/../models", "/responses/a%00"}) {
    EXPECT_TRUE(is_own_error(send("GET", path), 404)) << path;
  }
  EXPECT_EQ(a_->server().seen().requests + b_->server().seen().requests, asked);
  EXPECT_TRUE(is_own_error(send("PATCH", "/responses/resp_1"), 405));
  EXPECT_TRUE(is_own_error(send("GET", "/responses"), 405));
}

}  // namespace
}  // namespace pointsman::test
