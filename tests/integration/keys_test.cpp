#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/command.hpp"
#include "support/configuration.hpp"
#include "support/gateway_process.hpp"
#include "support/gateway_with_keys.hpp"
#include "support/key_command.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/websocket.hpp"

// What the running gateway makes of the keys that `pointsman keys` makes.
namespace pointsman::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using Json = nlohmann::json;

const std::string body = R"({"model":"m","messages":[]})";

using Keys = GatewayWithKeys;

TEST_F(Keys, WorkWithinASecondAndAreRefusedWithinOneOnceRevoked) {
  start();
  EXPECT_EQ(status(""), 200);  // nobody has made one
  const auto token = token_from("create", file(), {"--name", "team-a"});
  EXPECT_TRUE(soon_becomes(401, ""));
  EXPECT_EQ(status(token), 200);
  EXPECT_EQ(status(token.substr(0, token.size() - 1) + (token.ends_with('0') ? "1" : "0")), 401);

  const auto other = token_from("create", file(), {"--name", "team-b"});
  EXPECT_TRUE(soon_becomes(200, other));
  ASSERT_EQ(run_keys("revoke", file(), {"team-a"}).exit_code, 0);
  EXPECT_TRUE(soon_becomes(401, token));
  EXPECT_TRUE(is_own_error(post(token), 401, "invalid_api_key"));
  EXPECT_EQ(status(other), 200);

  // Revoking the last one does not open the door, and neither does a restart.
  ASSERT_EQ(run_keys("revoke", file(), {"team-b"}).exit_code, 0);
  EXPECT_TRUE(soon_becomes(401, other));
  EXPECT_EQ(status(""), 401);
  EXPECT_EQ(gateway_->stop(), 0);
  const auto output = gateway_->process().output();
  EXPECT_THAT(output, Not(HasSubstr(token)));
  EXPECT_THAT(output, Not(HasSubstr("pm_")));
  gateway_.reset();
  upstream_.reset();
  start();
  EXPECT_EQ(status(""), 401);
  EXPECT_EQ(status(token), 401);
}

TEST_F(Keys, RotationLetsTheOldSecretLiveOnForTheGrace) {
  start();
  const auto first = create({"team"});
  EXPECT_EQ(status(first), 200);
  const auto second = token_from("rotate", file(), {"team", "--grace", "1h"});
  EXPECT_TRUE(becomes(200, second));
  EXPECT_EQ(status(first), 200);
  const auto third = token_from("rotate", file(), {"team"});
  EXPECT_TRUE(becomes(200, third));
  EXPECT_EQ(status(second), 401);
  EXPECT_EQ(status(first), 401);
  // A grace that is short ends by itself.
  const auto fourth = token_from("rotate", file(), {"team", "--grace", "2s"});
  EXPECT_TRUE(becomes(200, fourth));
  EXPECT_TRUE(becomes(401, third));
  EXPECT_EQ(status(fourth), 200);
  const auto line = gateway_->process().output();
  EXPECT_THAT(line, HasSubstr(R"("key":"team")"));
}

// The client is told the same for each; the operator sees why.
TEST_F(Keys, TheLogSaysWhyAKeyIsRefused) {
  start();
  const auto revoked = create({"taken-back"});
  const auto rotated = create({"turned"});
  ASSERT_EQ(run_keys("revoke", file(), {"taken-back"}).exit_code, 0);
  token_from("rotate", file(), {"turned"});
  EXPECT_TRUE(becomes(401, revoked));
  EXPECT_TRUE(becomes(401, rotated));
  EXPECT_TRUE(gateway_->says(R"("revoked":"taken-back")") && gateway_->says(R"("rotated":"turned")"));
  EXPECT_EQ(post("").status(), 401);
  EXPECT_EQ(post("never-seen").status(), 401);
  for (const auto* words : {R"("key":"taken-back","ended":"refused","origin":"client","cause":"key_revoked")",
                            R"("key":"turned","ended":"refused","origin":"client","cause":"key_revoked")",
                            R"("cause":"key_missing")", R"("cause":"key_unknown")"}) {
    EXPECT_TRUE(gateway_->says(words)) << words;
  }
  const auto bare = ask(gateway_->port(), "POST", "/v1/chat/completions", body, {{"Authorization", rotated}});
  EXPECT_TRUE(is_own_error(bare, 401, "invalid_api_key"));
  EXPECT_THAT(message_of(bare), HasSubstr("must say 'Bearer KEY'"));
}

TEST_F(Keys, AnExpiredKeyIsRefused) {
  start();
  const auto token = create({"brief", "--expires", "6s"});
  EXPECT_EQ(status(token), 200);
  EXPECT_TRUE(becomes(401, token));
  EXPECT_TRUE(gateway_->says(R"("key":"brief","ended":"refused","origin":"client","cause":"key_expired")"));
  EXPECT_THAT(run_keys("list", file()).output, HasSubstr("expired"));
  const auto again = token_from("rotate", file(), {"brief", "--expires", "90d"});
  EXPECT_TRUE(becomes(200, again));
}

TEST_F(Keys, SayWhatIsMissing) {
  start();
  const auto narrow = create({"narrow", "--models", "m*", "--apis", "embeddings,messages"});
  const auto wide = create({"wide"});
  EXPECT_EQ(status(narrow, "/v1/embeddings"), 200);

  auto answer = post(narrow, "/v1/embeddings", R"({"model":"n","input":""})");
  EXPECT_TRUE(is_own_error(answer, 403, "model_not_allowed"));
  EXPECT_THAT(message_of(answer), HasSubstr("The key 'narrow' may not use the model 'n'"));
  answer = post(narrow);
  EXPECT_TRUE(is_own_error(answer, 403, "api_not_allowed"));
  EXPECT_THAT(message_of(answer), HasSubstr("The key 'narrow' may not use the API 'chat_completions'"));
  // What is kept belongs to the API that made it, and so does WebSocket to its own.
  EXPECT_TRUE(is_own_error(get("/v1/responses/resp_1", narrow), 403, "api_not_allowed"));
  EXPECT_TRUE(is_own_error(post(narrow, "/v1/conversations", "{}"), 403, "api_not_allowed"));
  const WebSocketClient socket(gateway_->port(), "/v1/responses", "Authorization: Bearer " + narrow + "\r\n");
  EXPECT_EQ(socket.handshake().status(), 403);
  EXPECT_THAT(socket.handshake().body, HasSubstr("responses_websocket"));
  // Unknown paths and wrong methods are what they are.
  EXPECT_EQ(get("/v1/chat/completions", narrow).status(), 405);
  EXPECT_EQ(get("/nowhere", narrow).status(), 404);

  const auto rerank = create({"rerank", "--apis", "rerank"});
  answer = post(rerank, "/v1/messages");
  EXPECT_EQ(answer.status(), 403);
  const auto anthropic = Json::parse(answer.body);
  EXPECT_EQ(anthropic["type"], "error");
  EXPECT_EQ(anthropic["error"]["type"], "permission_error");
  EXPECT_THAT(anthropic["error"]["message"].get<std::string>(), HasSubstr("the API 'messages'"));

  const auto listed = [&](const std::string& token) {
    std::map<std::string, std::vector<std::string>> apis;
    const auto list = Json::parse(get("/v1/models", token).body);
    for (const auto& model : list["data"]) {
      apis[model["id"]] = model["supported_apis"];
    }
    return apis;
  };
  EXPECT_THAT(listed(wide), SizeIs(2));
  EXPECT_EQ(listed(narrow), (std::map<std::string, std::vector<std::string>>{{"m", {"embeddings", "messages"}}}));
  EXPECT_THAT(listed(rerank), SizeIs(0));
  EXPECT_EQ(get("/v1/models/m", rerank).status(), 404);
}

TEST_F(Keys, OperationsOnLoopbackAskForNone) {
  start("access: {keys: [{name: team, key: team-key}]}\n");
  for (const auto* target : {"/healthz", "/readyz?verbose", "/metrics", "/endpoints"}) {
    EXPECT_EQ(operations(target).status(), 200) << target;
  }
}

TEST_F(Keys, OperationsThatOthersReachAskForPermission) {
  start("access: {keys: [{name: scraper, key: scraper-key, permissions: [metrics]}, {name: plain, key: plain-key}]}\n");
  gateway_->stop();
  gateway_.reset();
  GatewayProcess::Options options;
  options.yaml =
      "access: {keys: [{name: scraper, key: scraper-key, permissions: [metrics]}, {name: plain, key: plain-key}]}\n";
  options.home = home_.path();
  options.arguments = {"--operations", "0.0.0.0:0"};
  gateway_.emplace(options);
  const auto admin = create({"admin", "--permissions", "admin"});
  const struct {
    const char* target;
    std::string token;
    int status;
  } rows[] = {
      {"/healthz", "", 200},
      {"/readyz", "", 503},  // it has no endpoint
      {"/readyz?verbose", "", 401},
      {"/metrics", "", 401},
      {"/metrics", "wrong", 401},
      {"/explain?model=m&api=rerank", "", 401},
      {"/endpoints", "", 401},
      {"/nowhere", "", 404},
      {"/metrics", "plain-key", 403},
      {"/endpoints", "plain-key", 403},
      {"/metrics", "scraper-key", 200},
      {"/endpoints", "scraper-key", 403},
      {"/readyz?verbose", "scraper-key", 403},
      {"/metrics", admin, 200},
      {"/endpoints", admin, 200},
      {"/explain?model=m&api=rerank", admin, 200},
      {"/readyz?verbose", admin, 503},
  };
  for (const auto& [target, token, expected] : rows) {
    EXPECT_EQ(operations(target, token).status(), expected) << target << " " << token;
  }
  EXPECT_THAT(message_of(operations("/metrics", "plain-key")),
              HasSubstr("The key 'plain' does not have the permission 'metrics', which /metrics needs"));
  EXPECT_TRUE(is_own_error(operations("/endpoints", "scraper-key"), 403, "permission_missing"));

  const auto explain = [&](const std::map<std::string, std::string>& environment, std::vector<std::string> more) {
    std::vector<std::string> words{"explain",
                                   "--model",
                                   "m",
                                   "--api",
                                   "rerank",
                                   "--operations",
                                   "127.0.0.1:" + std::to_string(gateway_->operations_port())};
    words.insert(words.end(), more.begin(), more.end());
    return run_command(words, environment).output;
  };
  EXPECT_THAT(explain({}, {}), HasSubstr("--key-env"));
  EXPECT_THAT(explain({{"ADMIN_KEY", admin}}, {"--key-env", "ADMIN_KEY"}), HasSubstr("no endpoint would be tried"));
}

TEST_F(Keys, OfTheFileWinOverThoseOfTheDatabase) {
  start();
  const auto token = create({"both"});
  ASSERT_EQ(status(token), 200);
  const std::string endpoints = "endpoints:\n" + endpoint("e", upstream_->url());
  gateway_->configure("access: {keys: [{name: both, key: file-key}]}\n" + endpoints);
  EXPECT_TRUE(becomes(401, token));
  EXPECT_EQ(status("file-key"), 200);
  EXPECT_TRUE(gateway_->says("those of the database do not count"));
  EXPECT_THAT(run_keys("list", file()).output, HasSubstr("hidden by the file"));
  const auto refused = run_keys("create", file(), {"--name", "both"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.output, HasSubstr("the file has a key 'both'"));
  gateway_->configure(endpoints);
  EXPECT_TRUE(becomes(200, token));
}

TEST_F(Keys, AreNeededAlsoWhereTheFileSaysOpen) {
  start("access: open\n");
  EXPECT_EQ(status(""), 200);
  const auto token = create({"team"});
  EXPECT_EQ(status(""), 401);
  EXPECT_EQ(status(token), 200);
  EXPECT_TRUE(gateway_->says("so everybody needs one"));
  EXPECT_TRUE(gateway_->shows("pointsman_keys{source=\"database\"} 1"));
}

TEST_F(Keys, HaveLimitsOfSingleModels) {
  start();
  const auto token =
      create({"a", "--rpm", "100", "--model-limit", "m*:rpm=1,concurrent=2", "--model-limit", "x:8b:tpm=1000"});
  EXPECT_EQ(status(token), 200);
  const auto denied = post(token);
  EXPECT_EQ(denied.status(), 429);
  EXPECT_THAT(message_of(denied), HasSubstr("1 requests a minute with the models 'm*'"));
  EXPECT_EQ(post(token, "/v1/chat/completions", R"({"model":"n","messages":[]})").status(), 200);

  EXPECT_THAT(run_keys("show", file(), {"a"}).output,
              HasSubstr("limits       100 rpm, 1 rpm of m*, 2 concurrent of m*, 1000 tpm of x:8b\n"));
  const auto shown = Json::parse(run_keys("show", file(), {"a", "--json"}).output);
  EXPECT_EQ(shown["limits"],
            Json::parse(R"({"rpm":100,"models":{"m*":{"rpm":1,"concurrent":2},"x:8b":{"tpm":1000}}})"));
}

TEST_F(Keys, AreExplained) {
  start();
  const auto explain = [&](const std::string& name, bool as_json = false) {
    std::vector<std::string> words{"explain", "--key", name, "--operations",
                                   "127.0.0.1:" + std::to_string(gateway_->operations_port())};
    if (as_json) words.emplace_back("--json");
    return run_command(words);
  };
  EXPECT_THAT(explain("a").output, HasSubstr("a: unknown: there are no keys, so everybody may come in\n"));
  const auto token = create({"a", "--models", "m*,x*", "--apis", "chat_completions,embeddings", "--rpm", "2",
                             "--model-limit", "m:concurrent=3", "--permissions", "metrics", "--debug"});
  EXPECT_EQ(status(token), 200);
  EXPECT_EQ(status(token), 200);
  auto ended = explain("a");
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("a: good, does not expire\n"),
                    HasSubstr("models that it may use\n  m  chat_completions, embeddings\n"),
                    HasSubstr("models that it may not use\n  n  none of the key's `models` fits its name\n"),
                    HasSubstr("its `models` x* fits no model that there is now\n"),
                    HasSubstr("APIs: chat_completions, embeddings; not "),
                    HasSubstr("  rpm              2 of 2; nothing is left: the next request is a 429, for "),
                    HasSubstr("  concurrent of m  0 of 3\n"),
                    HasSubstr("permissions: metrics; it may ask how its requests are routed\n")));
  const auto json = Json::parse(explain("a", true).output);
  EXPECT_EQ(json["limits"][0]["taken"], 2);
  EXPECT_EQ(json["models"], Json::parse(R"([{"model":"m","apis":["chat_completions","embeddings"]}])"));

  ASSERT_EQ(run_keys("revoke", file(), {"a", "--wait"}).exit_code, 0);
  ended = explain("a");
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_EQ(ended.output, "a: revoked\n");
  ended = explain("nobody");
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_EQ(ended.output, "nobody: unknown: there is no key of this name that the gateway heeds\n");
  EXPECT_EQ(run_command({"explain", "--key", "a", "--model", "m"}).exit_code, 2);
  ended = run_command({"explain", "--model", "m"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.output, HasSubstr("--api is required: one of chat_completions, completions, "));
}

TEST_F(Keys, LetAGatewayStartThatOthersReach) {
  const auto config =
      home_.write("pointsman.yaml", "listen: 0.0.0.0:0\noperations: 127.0.0.1:0\nstore: {path: pointsman.db}\n");
  auto checked = run_command({"check-config", config});
  EXPECT_EQ(checked.exit_code, 2);
  EXPECT_THAT(checked.output, HasSubstr("pointsman keys create"));
  ASSERT_EQ(run_keys("create", config, {"--name", "a"}).exit_code, 0);
  checked = run_command({"check-config", config});
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  GatewayProcess::Options options;
  options.listen = "0.0.0.0:0";
  options.home = home_.path();
  gateway_.emplace(options);
  EXPECT_EQ(get("/v1/models").status(), 401);
}

}  // namespace
}  // namespace pointsman::test
