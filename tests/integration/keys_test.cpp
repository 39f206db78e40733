#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/gateway_process.hpp"
#include "support/gateway_with_keys.hpp"
#include "support/key_command.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/websocket.hpp"

// Keys that `pointsman keys` makes, and what the running gateway makes of them.
namespace pointsman::test {
namespace {

namespace fs = std::filesystem;
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

TEST_F(Keys, TheSecretStandsAloneOnTheStandardOutputOnce) {
  start();
  const std::string command = pointsman_binary().string() + " keys create --name k --wait --config " + file();
  ChildProcess shell({"/bin/sh", "-c", "KEY=$(" + command + " 2>/dev/null); printf '[%s]\\n' \"$KEY\""}, {});
  EXPECT_EQ(shell.wait_for_exit(Milliseconds(20'000)), 0);
  const auto tokens = tokens_in(shell.output());
  ASSERT_THAT(tokens, SizeIs(1));
  EXPECT_EQ(shell.output(), "[" + tokens[0] + "]\n");
  EXPECT_EQ(status(tokens[0]), 200);
  for (const auto& ended : {run_keys("list", file()), run_keys("list", file(), {"--json"}),
                            run_keys("show", file(), {"k"}), run_keys("show", file(), {"k", "--json"})}) {
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("pm_")));
    EXPECT_THAT(ended.output, HasSubstr(tokens[0].substr(tokens[0].size() - 4)));
  }
  // It is nowhere in the file either.
  std::ifstream database(keys_db(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(database), {}};
  EXPECT_THAT(bytes, Not(HasSubstr(tokens[0])));
  struct stat status_of{};
  ASSERT_EQ(::stat(keys_db().c_str(), &status_of), 0);
  EXPECT_EQ(status_of.st_mode & 0777, 0600u);
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

// The keys of the file and its secrets are not there for whoever makes keys.
TEST_F(Keys, AreMadeWithoutTheSecretsOfTheFile) {
  const TempDirectory elsewhere;
  const auto config = elsewhere.write("pointsman.yaml", "store: {path: " + home_.path().string() +
                                                            "/pointsman.db}\naccess:\n  keys:\n    - {name: a, key: "
                                                            "\"${NOT_SET}\"}\n    - {name: b, key_file: /not/there}\n");
  EXPECT_EQ(run_keys("create", config, {"--name", "c"}).exit_code, 0);
  const auto list = Json::parse(run_keys("list", config, {"--json"}).output);
  EXPECT_THAT(list["keys"], SizeIs(3));
  EXPECT_TRUE(fs::exists(keys_db()));
  EXPECT_EQ(run_command({"keys", "show", "c", "--store", (home_.path() / "pointsman.db").string()}).exit_code, 0);
}

TEST_F(Keys, WrongUseIsSaid) {
  const auto config = home_.write("pointsman.yaml", "store: {path: pointsman.db}\n");
  const struct {
    const char* action;
    std::vector<std::string> words;
    int exit_code;
    const char* message;
  } rows[] = {
      {"create", {}, 2, "--name"},
      {"create", {"--name", "a b"}, 2, "letters, digits"},
      {"create", {"--name", "a", "--apis", "chat"}, 2, "no API 'chat'; did you mean 'chat_completions'? There are: "},
      {"create", {"--name", "a", "--apis", "chat-completions"}, 2, "did you mean 'chat_completions'?"},
      {"create", {"--name", "a", "--permissions", "root"}, 2, "root"},
      {"create", {"--name", "a", "--rpm", "0"}, 2, "rpm"},
      {"create", {"--name", "a", "--budget", "1000"}, 2, "1000000/day"},
      {"create", {"--name", "a", "--budget", "1/day", "2/day"}, 2, "each once"},
      {"create", {"--name", "a", "--model-limit", "rpm=10"}, 2, "llama*:rpm=10,tpm=1000,concurrent=2"},
      {"create", {"--name", "a", "--model-limit", ":rpm=10"}, 2, "not ':rpm=10'"},
      {"create", {"--name", "a", "--model-limit", "m:"}, 2, "not 'm:'"},
      {"create", {"--name", "a", "--model-limit", "m:rpm=0"}, 2, "not 'm:rpm=0'"},
      {"create", {"--name", "a", "--model-limit", "m:rpm=1,rpm=2"}, 2, "each once"},
      {"create", {"--name", "a", "--model-limit", "m:rpm=1,"}, 2, "not 'm:rpm=1,'"},
      {"create", {"--name", "a", "--model-limit", "m:day=1"}, 2, "not 'm:day=1'"},
      {"create", {"--name", "a", "--model-limit", "m:rpm=1", "--model-limit", "m:tpm=1"}, 2, "names 'm' twice"},
      {"create", {"--name", "a", "--expires", "tomorrow"}, 2, "tomorrow"},
      {"create", {"--name", "a", "--expires", "2001-01-01"}, 2, "past"},
      {"create", {"--name", "a", "--expires", ""}, 2, "--expires: the word is empty"},
      {"create", {"--name", "a", "--models", "--apis", "embeddings"}, 2, "--models"},
      {"rotate", {"a", "--grace", ""}, 2, "--grace: the word is empty"},
      {"rotate", {"a", "--grace", "long"}, 2, "--grace"},
      {"rotate", {"a"}, 1, "no key 'a'"},
      {"revoke", {"a"}, 1, "no key 'a'"},
      {"show", {"a"}, 1, "no key 'a'"},
  };
  for (const auto& [action, words, exit_code, message] : rows) {
    const auto ended = run_keys(action, config, words);
    EXPECT_EQ(ended.exit_code, exit_code) << action << " " << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(message)) << action;
    EXPECT_THAT(ended.output, Not(HasSubstr("pm_")));
  }
  EXPECT_FALSE(fs::exists(keys_db()));
  EXPECT_EQ(run_keys("list", config).exit_code, 0);
  ASSERT_EQ(run_keys("create", config,
                     {"a", "--rpm", "60", "--tpm", "1000", "--concurrent", "2", "--priority", "3", "--budget", "1/day",
                      "2/month", "--models", "x*,y", "z"})
                .exit_code,
            0);
  const auto shown = run_keys("show", config, {"a"}).output;
  EXPECT_THAT(shown, AllOf(HasSubstr("60 rpm, 1000 tpm, 2 concurrent, 1 tokens/day, 2 tokens/month"),
                           HasSubstr("x*, y, z"), HasSubstr("priority     3")));
  EXPECT_EQ(run_keys("create", config, {"--name", "a"}).exit_code, 1);
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

TEST_F(Keys, AreHeededWhenTheCommandThatWaitsReturns) {
  start();
  const auto first = create({"a"});
  EXPECT_EQ(status(first), 200);
  EXPECT_EQ(status(""), 401);
  const auto second = token_from("rotate", file(), {"a", "--wait"});
  EXPECT_EQ(status(first), 401);
  EXPECT_EQ(status(second), 200);
  EXPECT_EQ(run_keys("revoke", file(), {"a", "--wait"}).exit_code, 0);
  EXPECT_EQ(status(second), 401);

  // Nobody heeds it, but it is done.
  EXPECT_EQ(gateway_->stop(), 0);
  const auto ended = run_keys("create", file(), {"b", "--wait"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, HasSubstr("it is done, but no gateway is seen that serves on " +
                                      (home_.path() / "pointsman.db").string()));
  EXPECT_THAT(tokens_in(ended.output), SizeIs(1));
}

TEST_F(Keys, SayWhatBecameOfThem) {
  start();
  const auto heeded = "The running gateway heeds it.\n";
  const auto made = run_keys("create", file(), {"a", "--wait"}).output;
  EXPECT_THAT(made, AllOf(HasSubstr("The key 'a' is kept in " + keys_db() + ". Its secret is shown this once.\n"),
                          HasSubstr(heeded)));
  EXPECT_THAT(
      run_keys("rotate", file(), {"a", "--grace", "1h", "--wait"}).output,
      AllOf(testing::ContainsRegex("The key 'a' has a new secret, kept in [^;]*; the old one is good until 20[0-9-]*T"),
            HasSubstr(heeded)));
  EXPECT_THAT(run_keys("rotate", file(), {"a"}).output,
              AllOf(HasSubstr("; the old one is refused from now on; a running gateway takes it within a second."),
                    Not(HasSubstr(heeded))));
  EXPECT_THAT(run_keys("revoke", file(), {"a", "--wait"}).output,
              AllOf(HasSubstr("The key 'a' is revoked.\n"), HasSubstr(heeded)));
}

TEST_F(Keys, WarnOfModelsThatThereAreNot) {
  start();
  const auto warned = run_keys("create", file(), {"a", "--models", "m,no-such*,n", "--model-limit", "mm:rpm=1"});
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_THAT(warned.output,
              AllOf(HasSubstr("warning: --models no-such* fits no model that there is now\n"),
                    HasSubstr("warning: --model-limit mm fits no model that there is now; did you mean m?\n"),
                    Not(HasSubstr("--models m ")), Not(HasSubstr("--models n "))));
  EXPECT_THAT(run_keys("create", file(), {"b", "--models", "m*"}).output, Not(HasSubstr("warning")));
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

TEST_F(Keys, OfTheFileAreChangedThere) {
  const std::string settings = "store: {path: pointsman.db}\n";
  const auto config = home_.write("pointsman.yaml", settings);
  ASSERT_EQ(run_keys("create", config, {"hidden"}).exit_code, 0);
  home_.write("pointsman.yaml", settings +
                                    "access:\n"
                                    "  keys:\n"
                                    "    - {name: hidden, key: a-long-key-of-the-file}\n"
                                    "    - {name: other, key: another-key-of-the-file}\n");
  auto ended = run_keys("rotate", config, {"hidden"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("the file has a key 'hidden', which hides this one"),
                                  HasSubstr("Change it in " + config.string() + ":4, or take it out there first")));
  EXPECT_THAT(tokens_in(ended.output), SizeIs(0));
  for (const auto* action : {"rotate", "revoke", "show"}) {
    ended = run_keys(action, config, {"other"});
    EXPECT_EQ(ended.exit_code, 1) << action;
    EXPECT_THAT(ended.output, HasSubstr("the key 'other' stands in " + config.string() +
                                        ":5; change it or take it out there: the gateway follows at once"));
  }
  EXPECT_EQ(run_keys("revoke", config, {"hidden"}).exit_code, 0);
}

// A key that no gateway reads would be refused, and nobody would know why.
TEST_F(Keys, AreMadeOnlyWhereAGatewayWillReadThem) {
  const std::map<std::string, std::string> environment{{"STATE_DIRECTORY", (home_.path() / "state").string()}};
  const auto nobody = "there is no gateway's database at " + (home_.path() / "state" / "pointsman.db").string() +
                      ". Name the gateway's file (--config FILE) or its database (--store FILE).";
  for (const auto& words : {std::vector<std::string>{"create", "a"}, {"list"}, {"show", "a"}, {"revoke", "a"}}) {
    auto command = words;
    command.insert(command.begin(), "keys");
    const auto ended = run_command(command, environment);
    EXPECT_EQ(ended.exit_code, 2) << words[0];
    EXPECT_THAT(ended.output, HasSubstr(nobody));
  }
  EXPECT_FALSE(fs::exists(home_.path() / "state"));

  const auto nowhere = (home_.path() / "nowhere" / "pointsman.db").string();
  EXPECT_EQ(run_command({"keys", "create", "a", "--store", nowhere}).exit_code, 2);
  const auto store = (home_.path() / "pointsman.db").string();
  EXPECT_THAT(run_command({"keys", "list", "--store", store}).output, HasSubstr("no gateway's database at " + store));
  // Before the first start: with the file also where there is no directory yet.
  EXPECT_EQ(run_command({"keys", "create", "a", "--store", store}).exit_code, 0);
  EXPECT_EQ(run_command({"keys", "list", "--store", store}).exit_code, 0);
  const auto config = home_.write("pointsman.yaml", "endpoints: []\n");
  EXPECT_EQ(run_command({"keys", "create", "a", "--config", config}, environment).exit_code, 0);
  EXPECT_TRUE(fs::exists(home_.path() / "state" / "keys.db"));
  EXPECT_EQ(run_command({"keys", "create", "b"}, environment).exit_code, 0);
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
