#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/command.hpp"
#include "support/gateway_process.hpp"
#include "support/gateway_with_keys.hpp"
#include "support/key_command.hpp"
#include "support/temp_directory.hpp"

// `pointsman keys` as people and their scripts meet it: what it says, and where it keeps what it makes.
namespace pointsman::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using Json = nlohmann::json;

using Keys = GatewayWithKeys;

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

TEST_F(Keys, AreNotMadeWhereAVariableIsMissing) {
  const auto config = home_.write("pointsman.yaml", "store: {path: \"${STATE}/pointsman.db\"}\n");
  for (const auto* action : {"create", "revoke", "show"}) {
    const auto ended = run_keys(action, config, {"a"});
    EXPECT_EQ(ended.exit_code, 2) << action;
    EXPECT_THAT(ended.output, HasSubstr("where the keys are depends on the environment variable `STATE`, which is not "
                                        "set here. Set it as the gateway's service does, or name the gateway's "
                                        "database (--store FILE)."));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(home_.path()), fs::directory_iterator()), 1) << "nothing was made";
  const auto store = (home_.path() / "pointsman.db").string();
  EXPECT_EQ(run_keys("create", config, {"a", "--store", store}).exit_code, 0);

  auto ended = run_command({"usage", "--config", config});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.output, HasSubstr("where the ledger is depends on the environment variable `STATE`"));
  ended = run_command({"explain", "--model", "m", "--api", "chat_completions", "--config",
                       home_.write("other.yaml", "operations: \"unix:/run/${RUN}/p.sock\"\n").string()});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.output, HasSubstr("the environment variable `RUN`"));
}

}  // namespace
}  // namespace pointsman::test
