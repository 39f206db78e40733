#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/configuration.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/receive_queue.hpp"

// Who may come in, and what a key may use; and which keys go where.
namespace pointsman::test {
namespace {

using demo::Header;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";
const std::string body = R"({"model":"m","messages":[]})";

class Access : public testing::Test {
 protected:
  // With access as this says, before one endpoint that serves these models.
  void start(const std::string& access, std::vector<std::string> models = {"m"}, const std::string& more = "") {
    upstream_.emplace(std::move(models), FakeUpstream::Routes{{chat, json(200, "{}")}});
    gateway_.emplace(GatewayProcess::Options{
        access + "endpoints:\n" + endpoint("e", upstream_->url(), more),
        {{"TEAM_KEY", "team-key"}, {"ENDPOINT_KEY", "endpoint-key"}},
        {},
    });
    gateway_->wait_until_ready();
  }

  Response post(const std::vector<Header>& headers, const std::string& content = body) const {
    return ask(gateway_->port(), "POST", "/v1/chat/completions", content, headers);
  }
  Response get(const std::string& target, const std::vector<Header>& headers = {}) const {
    return ask(gateway_->port(), "GET", target, "", headers);
  }

  std::optional<FakeUpstream> upstream_;
  std::optional<GatewayProcess> gateway_;
};

const std::string one_key = "access: {keys: [{name: team, key: \"${TEAM_KEY}\"}]}\n";

TEST_F(Access, NobodyComesInWithoutARightKey) {
  start(one_key);
  const std::vector<std::vector<Header>> table{
      {},
      {{"Authorization", "Bearer wrong"}},
      {{"Authorization", "Bearer"}},
      {{"Authorization", "Bearer "}},
      {{"Authorization", "team-key"}},
      {{"Authorization", "Basic team-key"}},
      {{"Authorization", "Bearer team-ke"}},
      {{"Authorization", "Bearer team-key2"}},
      {{"Authorization", "Bearer TEAM-KEY"}},
      {{"x-api-key", "wrong"}},
      {{"x-api-key", ""}},
      {{"x-api-key", "Bearer team-key"}},
      {{"api-key", "team-key"}},
      {{"Authorization", "Bearer ${TEAM_KEY}"}},
  };
  for (const auto& headers : table) {
    SCOPED_TRACE(headers.empty() ? "no key" : headers[0].name + ": " + headers[0].value);
    EXPECT_TRUE(is_own_error(post(headers), 401, "invalid_api_key"));
    EXPECT_TRUE(is_own_error(get("/v1/models", headers), 401, "invalid_api_key"));
    EXPECT_TRUE(is_own_error(get("/v1/models/m", headers), 401, "invalid_api_key"));
    EXPECT_TRUE(is_own_error(get("/nowhere", headers), 401, "invalid_api_key"));
  }
  EXPECT_THAT(upstream_->requests(), IsEmpty());
  EXPECT_THAT(message_of(post({})), HasSubstr("Authorization: Bearer KEY"));
  EXPECT_THAT(message_of(post({{"x-api-key", "wrong"}})), Not(HasSubstr("wrong")));
}

TEST_F(Access, TheKeyStandsInEitherHeaderInAnyCasing) {
  start(one_key);
  const std::vector<std::vector<Header>> table{
      {{"Authorization", "Bearer team-key"}},
      {{"authorization", "bearer team-key"}},
      {{"AUTHORIZATION", "BEARER team-key"}},
      {{"Authorization", "Bearer   team-key  "}},
      {{"x-api-key", "team-key"}},
      {{"X-API-Key", "team-key"}},
      {{"Authorization", "Bearer team-key"}, {"x-api-key", "left over from the environment"}},
  };
  for (const auto& headers : table) {
    SCOPED_TRACE(headers[0].name + ": " + headers[0].value);
    EXPECT_EQ(post(headers).status(), 200);
    EXPECT_EQ(get("/v1/models", headers).status(), 200);
  }
}

TEST_F(Access, HealthNeedsNoKey) {
  start(one_key);
  EXPECT_TRUE(is_own_answer(get("/healthz"), 200));
}

TEST_F(Access, KeysComeFromTheEnvironmentFilesAndDigests) {
  const TempDirectory directory;
  const auto file = directory.write("key", "file-key\n");
  start("access:\n  keys:\n    - {name: a, key: \"${TEAM_KEY}\"}\n    - {name: b, key_file: \"" + file.string() +
        "\"}\n    - {name: c, key_sha256: a4e354d72cf17a12c79f61a2788800382e8f528ad4d34689e4c7fecc124615b8}\n");
  EXPECT_EQ(post({{"x-api-key", "team-key"}}).status(), 200);
  EXPECT_EQ(post({{"x-api-key", "file-key"}}).status(), 200);
  EXPECT_EQ(post({{"x-api-key", "digest-key"}}).status(), 200);
  EXPECT_TRUE(is_own_error(post({{"x-api-key", "other-key"}}), 401, "invalid_api_key"));
}

TEST_F(Access, OpenMeansEverybodyWhateverKeyTheyBring) {
  start("access: open\n");
  EXPECT_EQ(post({}).status(), 200);
  EXPECT_EQ(post({{"Authorization", "Bearer anything"}}).status(), 200);
  EXPECT_EQ(get("/v1/models").status(), 200);
}

TEST_F(Access, TheClientsKeyEndsHereAndTheEndpointsGoesOn) {
  start(one_key, {"m"}, "api_key: \"${ENDPOINT_KEY}\"");
  ASSERT_EQ(post({{"Authorization", "Bearer team-key"}, {"x-api-key", "team-key"}}).status(), 200);
  ASSERT_THAT(upstream_->requests(), SizeIs(1));
  // The probes, too.
  for (const auto& request : upstream_->server().seen().kept) {
    EXPECT_THAT(request.raw, Not(HasSubstr("team-key")));
    ASSERT_NE(request.header("Authorization"), nullptr) << request.raw;
    EXPECT_EQ(*request.header("Authorization"), "Bearer endpoint-key");
    EXPECT_EQ(request.header("x-api-key"), nullptr);
  }
}

TEST_F(Access, AnEndpointWithoutAKeyIsSentNone) {
  start("access: open\n");
  ASSERT_EQ(post({{"Authorization", "Bearer team-key"}, {"x-api-key", "team-key"}}).status(), 200);
  ASSERT_THAT(upstream_->requests(), SizeIs(1));
  for (const auto& request : upstream_->server().seen().kept) {
    EXPECT_EQ(request.header("Authorization"), nullptr);
    EXPECT_EQ(request.header("x-api-key"), nullptr);
  }
}

TEST_F(Access, NoKeyIsEverPrinted) {
  start("log: {level: trace}\n" + one_key, {"m"}, "api_key: \"${ENDPOINT_KEY}\"");
  post({{"Authorization", "Bearer team-key"}});
  post({{"Authorization", "Bearer wrong-key"}});
  EXPECT_EQ(gateway_->stop(), 0);
  const auto output = gateway_->process().output();
  EXPECT_THAT(output, HasSubstr("\"status\":200"));
  EXPECT_THAT(output, HasSubstr("\"status\":401"));
  for (const auto* key : {"team-key", "endpoint-key", "wrong-key"}) EXPECT_THAT(output, Not(HasSubstr(key)));
}

TEST_F(Access, AKeyUsesOnlyTheModelsThatItsGlobsName) {
  start(
      "access:\n  keys:\n    - {name: narrow, key: narrow-key, models: [\"llama*\", \"org/?\"]}\n"
      "    - {name: wide, key: wide-key}\n",
      {"llama3.2:3b", "llama", "org/m", "org/mm", "qwen"});
  const std::vector<Header> narrow{{"Authorization", "Bearer narrow-key"}};
  const std::vector<Header> wide{{"Authorization", "Bearer wide-key"}};
  const auto request = [](const std::string& model) { return R"({"model":")" + model + R"(","messages":[]})"; };

  for (const auto* model : {"llama3.2:3b", "llama", "org/m"}) {
    EXPECT_EQ(post(narrow, request(model)).status(), 200) << model;
    EXPECT_EQ(get("/v1/models/" + std::string(model), narrow).status(), 200) << model;
  }
  const auto used = upstream_->requests().size();
  for (const auto* model : {"qwen", "org/mm", "LLAMA", "no-such-model"}) {
    const auto response = post(narrow, request(model));
    EXPECT_TRUE(is_own_error(response, 403, "model_not_allowed"));
    EXPECT_THAT(message_of(response), HasSubstr(model));
    EXPECT_TRUE(is_own_error(get("/v1/models/" + std::string(model), narrow), 404, "model_not_found"));
  }
  EXPECT_EQ(upstream_->requests().size(), used);
  EXPECT_EQ(post(wide, request("qwen")).status(), 200);

  const auto listed = [&](const std::vector<Header>& key) {
    const auto list = Json::parse(get("/v1/models", key).body);
    std::vector<std::string> ids;
    for (const auto& model : list.at("data")) ids.push_back(model.at("id"));
    return ids;
  };
  EXPECT_THAT(listed(narrow), testing::ElementsAre("llama", "llama3.2:3b", "org/m"));
  EXPECT_THAT(listed(wide), testing::ElementsAre("llama", "llama3.2:3b", "org/m", "org/mm", "qwen"));
}

// Where two readers of a request could find two models, the key is asked about one of them.
TEST_F(Access, NoOtherModelComesInBeside) {
  start("access: {keys: [{name: team, key: \"${TEAM_KEY}\", models: [m]}]}\n", {"m", "other"});
  const Header key{"Authorization", "Bearer team-key"};
  const auto status = [&](const std::string& query, const std::string& type) {
    RawClient client(gateway_->port());
    client.send("POST /v1/chat/completions" + query + " HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer team-key\r\n" +
                "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read_response().status();
  };
  EXPECT_EQ(status("?model=m&x=other", "application/json"), 200);
  EXPECT_EQ(status("", "application/json"), 200);
  for (const auto* query : {"?model=other", "?x=1&m%6fdel=other", "?MODEL=other", "?model=m&model=other", "?model"}) {
    EXPECT_EQ(status(query, "application/json"), 400) << query;
  }
  for (const auto* type : {"application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded ; charset=utf-8"}) {
    EXPECT_EQ(status("", type), 415) << type;
  }
  EXPECT_EQ(upstream_->requests().size(), 2u);
  for (const auto* more : {R"("models":["other"])", R"("fallbacks":["other"])"}) {
    const auto answer =
        ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"m",)" + std::string(more) + "}", {key});
    EXPECT_EQ(answer.status(), 400) << more;
  }
  EXPECT_EQ(upstream_->requests().size(), 2u);
}

TEST_F(Access, WhoeverGuessesKeysIsSlowedAndGoodKeysAreNot) {
  start(one_key);
  const auto wrong = [](int number) {
    return "GET /v1/models HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer guess-" + std::to_string(number) + "\r\n\r\n";
  };
  std::vector<std::unique_ptr<RawClient>> guesses;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 90; ++i) {
    guesses.push_back(std::make_unique<RawClient>(gateway_->port()));
    guesses.back()->send(wrong(i));
  }
  // Each would wait for as long as the last of the guesses.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(post({{"Authorization", "Bearer team-key"}}).status(), 200);
  EXPECT_EQ(unread_here(guesses.back()->local_port()), 0u) << "the guesses that came before were answered first";
  for (auto& guess : guesses) EXPECT_EQ(guess->read_response().status(), 401);
  EXPECT_GE(std::chrono::steady_clock::now() - began, Milliseconds(1'900));

  // One that leaves ends its pause.
  {
    RawClient gone(gateway_->port());
    gone.send(wrong(90));
    gone.close();
  }
  EXPECT_TRUE(gateway_->says(R"("cause":"client_left")"));
  EXPECT_TRUE(gateway_->shows("pointsman_authentication_failures_total{key=\"wrong\"} 91"));
  EXPECT_TRUE(gateway_->shows("pointsman_authentication_failures_total{key=\"missing\"} 0"));
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_THAT(gateway_->process().output(), Not(HasSubstr("guess-")));
}

}  // namespace
}  // namespace pointsman::test
