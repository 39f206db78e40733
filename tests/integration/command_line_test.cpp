#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "support/command.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"
#include "support/temp_directory.hpp"

// The commands as people and their scripts meet them: what is printed, and the exit code.
namespace pointsman::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Json = nlohmann::json;

constexpr Milliseconds patience{20'000};

std::string written(const TempDirectory& directory, const std::string& yaml) {
  return directory.write("pointsman.yaml", yaml).string();
}

// A port on which nobody listens.
std::uint16_t free_port() { return FakeUpstream({}).port(); }

TEST(CommandLine, AGoodFileIsFine) {
  const TempDirectory directory;
  const auto file = written(directory, "endpoints:\n" + endpoint("a", "http://gpu:8000"));
  const auto [exit_code, output] = run_command({"check-config", file});
  EXPECT_EQ(exit_code, 0);
  EXPECT_EQ(output, file + ": fine; 1 endpoint\n");
}

TEST(CommandLine, AFileIsNamedWithItsOptionOrWithout) {
  const TempDirectory directory;
  const auto file = written(directory, "lisen: 127.0.0.1:8484\n");
  for (const std::string command : {"serve", "check-config", "doctor"}) {
    for (const auto& words : {std::vector<std::string>{command, file}, {command, "--config", file}}) {
      const auto [exit_code, output] = run_command(words);
      EXPECT_NE(exit_code, 0) << command;
      EXPECT_THAT(output, HasSubstr("unknown key `lisen`; did you mean `listen`?")) << command;
    }
    EXPECT_EQ(run_command({command, file, file}).exit_code, 2) << command;
  }
}

TEST(CommandLine, AnUnknownCommandIsAnsweredWithTheOneThatWasMeant) {
  const struct {
    std::vector<std::string> words;
    std::string said;
  } cases[] = {
      {{"demo"}, "there is no command 'demo'; did you mean 'serve --demo'? There are: serve, check-config, probe, "},
      {{"srve", "--demo"}, "there is no command 'srve'; did you mean 'serve'? "},
      {{"check", "f.yaml"}, "did you mean 'check-config'? "},
      {{"xyzzy"}, "there is no command 'xyzzy'. There are: "},
      {{"keys", "delete", "x"}, "there is no command 'keys delete'; did you mean 'keys revoke'? There are: create, "},
      {{"keys", "creat"}, "did you mean 'keys create'? "},
  };
  for (const auto& each : cases) {
    const auto [exit_code, output] = run_command(each.words);
    EXPECT_EQ(exit_code, 2) << each.said;
    EXPECT_THAT(output, HasSubstr(each.said));
  }
}

TEST(CommandLine, HelpShowsAnOptionThatMayGoWithoutItsNameAsOneThing) {
  const auto help = run_command({"keys", "create", "--help"}).output;
  EXPECT_THAT(help, HasSubstr("The same as --name NAME\n"));
  EXPECT_THAT(help, Not(HasSubstr("REQUIRED")));
}

TEST(CommandLine, TheExampleIsFine) {
  const auto [exit_code, output] = run_command({"check-config", POINTSMAN_SOURCE_DIR "/config/pointsman.yaml"});
  EXPECT_EQ(exit_code, 0) << output;
}

TEST(CommandLine, EveryMistakeIsReportedWithItsPlace) {
  const TempDirectory directory;
  const auto file = written(directory,
                            "lisen: 127.0.0.1:8484\n"
                            "endpoints:\n"
                            "  - name: one\n"
                            "    url: gpu:11434\n"
                            "    api_key: \"${NOT_SET}\"\n"
                            "workers: many\n");
  for (const auto& command : {std::vector<std::string>{"check-config", file}, {"serve", "--config", file}}) {
    const auto [exit_code, output] = run_command(command);
    EXPECT_EQ(exit_code, 2);
    EXPECT_THAT(output, HasSubstr(file + ":1:1: unknown key `lisen`; did you mean `listen`?"));
    EXPECT_THAT(output, HasSubstr(file + ":4:10: `endpoints.url` is wrong"));
    EXPECT_THAT(output, HasSubstr(file + ":5:14: `endpoints.api_key` needs the environment variable `NOT_SET`"));
    EXPECT_THAT(output, HasSubstr(file + ":6:10: `workers` must be auto"));
    EXPECT_EQ(std::ranges::count(output, '\n'), 4) << output;
  }
}

TEST(CommandLine, AMistakeInTheSyntaxHasItsPlaceToo) {
  const TempDirectory directory;
  const auto file = written(directory, "listen: 127.0.0.1:8484\na: b: c\n");
  const auto [exit_code, output] = run_command({"check-config", file});
  EXPECT_EQ(exit_code, 2);
  EXPECT_THAT(output, HasSubstr(file + ":2:5: this is not YAML"));
}

TEST(CommandLine, AFileThatIsNotThereIsSaidToBeSo) {
  for (const auto& command :
       {std::vector<std::string>{"check-config", "/no/such/file.yaml"}, {"serve", "--config", "/no/such/file.yaml"}}) {
    const auto [exit_code, output] = run_command(command);
    EXPECT_EQ(exit_code, 2);
    EXPECT_THAT(output, HasSubstr("/no/such/file.yaml: there is no such file"));
  }
}

TEST(CommandLine, WhatIsNoFileIsSaidToBeSo) {
  const TempDirectory directory;
  const auto path = directory.path().string();
  const auto of_directory = run_command({"serve", "--config", path});
  EXPECT_EQ(of_directory.exit_code, 2);
  EXPECT_THAT(of_directory.output, HasSubstr(path + ": this is a directory; name the file in it"));
  const auto without_a_name = run_command({"serve", "--config", ""});
  EXPECT_EQ(without_a_name.exit_code, 2);
  EXPECT_THAT(without_a_name.output, HasSubstr("is a variable not set?"));
}

TEST(CommandLine, AFileThatServesNobodyIsWarnedOf) {
  const TempDirectory directory;
  const auto file = written(directory, "workers: 1\n");
  const auto empty = run_command({"check-config", file});
  EXPECT_EQ(empty.exit_code, 0);
  EXPECT_THAT(empty.output, HasSubstr(file + ": warning: no endpoint is named"));
  GatewayProcess gateway("workers: 1\n");
  EXPECT_THAT(gateway.process().output(), HasSubstr("warning: no endpoint is named"));
}

TEST(CommandLine, ModelsThatNoEndpointListsAreWarnedOf) {
  const TempDirectory directory;
  const auto file = written(directory, "models: {fallbacks: {big: [smal]}}\nendpoints:\n" +
                                           endpoint("a", "http://gpu:8000", "models: [big, small]"));
  const auto [exit_code, output] = run_command({"check-config", file});
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(output, HasSubstr(file + ":1:28: warning: no endpoint lists the model `smal`"));
}

TEST(CommandLine, KeysThatMayNotBeMeantAreWarnedOf) {
  const TempDirectory directory;
  const auto file = written(directory,
                            "access:\n"
                            "  keys:\n"
                            "    - {name: a, key: brief-1, expires: 2001-01-01, models: [\"llama*\"]}\n"
                            "endpoints:\n" +
                                endpoint("e", "http://gpu:8000", "models: [qwen3]"));
  const auto [exit_code, output] = run_command({"check-config", file});
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(output, AllOf(HasSubstr(file + ":3:7: warning: the key `a` has fewer than 16 characters"),
                            HasSubstr("expired at 2001-01-01T00:00:00Z"), HasSubstr("may use `llama*`")));
  EXPECT_THAT(output, Not(HasSubstr("brief-1")));
}

TEST(CommandLine, AListenerBeyondLoopbackWithoutKeysIsRefusedWithWhatToWrite) {
  const TempDirectory directory;
  const auto file = written(directory, "listen: 0.0.0.0:0\noperations: 127.0.0.1:0\nstore: {path: \":memory:\"}\n");
  for (const auto& command : {std::vector<std::string>{"check-config", file},
                              {"serve", "--config", file},
                              {"serve", "--listen", "0.0.0.0:0", "--operations", "127.0.0.1:0"}}) {
    const auto [exit_code, output] = run_command(command);
    EXPECT_EQ(exit_code, 2);
    EXPECT_THAT(output, HasSubstr("the listener 0.0.0.0:0 (`listen`) can be reached from other machines"));
    EXPECT_THAT(output, HasSubstr("\n  access:\n    keys:\n      - {name: team-a, key: \"${TEAM_A_KEY}\"}\n"));
    EXPECT_THAT(output, HasSubstr("\n  access: open\n"));
  }
  const std::string open = written(directory, "listen: 0.0.0.0:0\naccess: open\n");
  EXPECT_EQ(run_command({"check-config", open}).exit_code, 0);
}

TEST(CommandLine, ATakenPortIsSaidToBeSo) {
  const TempDirectory directory;
  const FakeUpstream taker({});
  const auto taken = "127.0.0.1:" + std::to_string(taker.port());
  const auto file = written(directory, "listen: " + taken + "\noperations: 127.0.0.1:0\nstore: {path: db}\n");
  const auto with_file = run_command({"serve", "--config", file});
  EXPECT_EQ(with_file.exit_code, 1);
  EXPECT_THAT(with_file.output, HasSubstr("cannot listen on " + taken));
  EXPECT_THAT(with_file.output, HasSubstr("another process listens there"));
  EXPECT_THAT(with_file.output, HasSubstr("--listen"));

  const auto operations = run_command({"serve", "--demo", "--listen", "127.0.0.1:0", "--operations", taken});
  EXPECT_EQ(operations.exit_code, 1);
  EXPECT_THAT(operations.output, HasSubstr("cannot listen on " + taken));
}

TEST(CommandLine, ADatabaseThatIsNoneIsSaidToBeSo) {
  const TempDirectory directory;
  const auto database = directory.write("db", "this is a text, and not a database at all, however long it goes on\n");
  const auto file = written(directory, "listen: 127.0.0.1:0\noperations: 127.0.0.1:0\nstore: {path: db}\n");
  const auto [exit_code, output] = run_command({"serve", "--config", file});
  EXPECT_EQ(exit_code, 1);
  EXPECT_THAT(output, HasSubstr(database.string()));
  EXPECT_THAT(output, HasSubstr("Move the file"));
}

TEST(CommandLine, WhatIsNoCommandIsAUsageError) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"--frobnicate"},
                                             {"serve", "--frobnicate"},
                                             {"serve", "--config"},
                                             {"frobnicate"},
                                             {"check-config"},
                                             {"probe"},
                                             {"probe", "http://127.0.0.1:1", "--timeout", "never"},
                                             {"serve", "--listen", "nowhere"},
                                             {"version", "extra"}}) {
    SCOPED_TRACE(testing::PrintToString(arguments));
    const auto [exit_code, output] = run_command(arguments);
    EXPECT_EQ(exit_code, 2);
    EXPECT_THAT(output, Not(IsEmpty()));
  }
}

TEST(CommandLine, HelpAndVersionAreNoErrors) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"version"}, {"--version"}}) {
    const auto [exit_code, output] = run_command(arguments);
    EXPECT_EQ(exit_code, 0);
    EXPECT_THAT(output, ContainsRegex("^pointsman [0-9]+\\.[0-9]+\\.[0-9]+\n$"));
  }
  const auto [exit_code, output] = run_command({"--help"});
  EXPECT_EQ(exit_code, 0);
  for (const auto* command : {"serve", "check-config", "probe", "version"}) EXPECT_THAT(output, HasSubstr(command));
}

TEST(CommandLine, ProbeShowsWhatAServerIs) {
  const FakeUpstream upstream({"org/m"}, {{"POST /v1/chat/completions", json(200, "{}")}});
  const auto [exit_code, output] = run_command({"probe", upstream.url()});
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(output, HasSubstr(" is up\n"));
  EXPECT_THAT(output, ContainsRegex("yes +chat_completions\n"));
  EXPECT_THAT(output, ContainsRegex("no +completions, responses,"));
  EXPECT_THAT(output, ContainsRegex("org/m +chat_completions\n"));
  EXPECT_THAT(upstream.requests(), IsEmpty());
}

TEST(CommandLine, ProbeSaysWhyARouteIsUnknown) {
  const demo::ScriptedServer server([](Conversation& conversation) -> boost::asio::awaitable<void> {
    const bool is_list = conversation.request().target() == "/v1/models";
    const auto script = is_list ? json(200, R"({"data":[{"id":"m"}]})") : json(429, R"({"error":"too much"})");
    co_await script(conversation);
  });
  const auto [exit_code, output] = run_command({"probe", server.url()});
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(output, ContainsRegex("unknown +chat_completions,"));
  EXPECT_THAT(output, HasSubstr(R"(what came back does not tell: POST ... {: 429 {"error":"too much"})"));
}

TEST(CommandLine, ProbePrintsJson) {
  const FakeUpstream upstream({"org/m"}, {{"POST /v1/chat/completions", json(200, "{}")}});
  const auto [exit_code, output] = run_command({"probe", upstream.url() + "/v1", "--json"});
  EXPECT_EQ(exit_code, 0);
  const auto found = Json::parse(output);
  EXPECT_EQ(found["usable"], true);
  EXPECT_EQ(found["health"], "up");
  EXPECT_EQ(found["routes"]["chat_completions"]["verdict"], "yes");
  EXPECT_EQ(found["routes"]["responses"]["verdict"], "no");
  ASSERT_THAT(found["models"], SizeIs(1));
  EXPECT_EQ(found["models"][0]["id"], "org/m");
  EXPECT_EQ(found["models"][0]["apis"]["chat_completions"]["verdict"], "yes");
}

TEST(CommandLine, ProbeTakesItsKeyFromTheEnvironmentAndKeepsIt) {
  const FakeUpstream upstream({}, {{"GET /v1/models", [](Conversation& conversation) -> boost::asio::awaitable<void> {
                                      const auto* key = conversation.request().header("Authorization");
                                      const bool right = key != nullptr && *key == "Bearer the-key";
                                      const auto script = right ? json(200, R"({"data":[{"id":"the-key-model"}]})")
                                                                : json(401, R"({"error":"no the-key"})");
                                      co_await script(conversation);
                                    }}});
  const auto with = run_command({"probe", upstream.url(), "--key-env", "KEY"}, {{"KEY", "the-key"}});
  EXPECT_EQ(with.exit_code, 0);
  EXPECT_THAT(with.output, Not(HasSubstr("the-key")));
  const auto without = run_command({"probe", upstream.url()});
  EXPECT_EQ(without.exit_code, 1);
  EXPECT_THAT(without.output, HasSubstr("it wants a key"));
  const auto wrong = run_command({"probe", upstream.url(), "--key-env", "KEY"}, {{"KEY", "wrong-key"}});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.output, HasSubstr("it refuses the key"));
  EXPECT_THAT(wrong.output, Not(HasSubstr("wrong-key")));
  const auto unset = run_command({"probe", upstream.url(), "--key-env", "KEY"});
  EXPECT_EQ(unset.exit_code, 2);
  EXPECT_THAT(unset.output, HasSubstr("the environment variable KEY is not set"));
}

TEST(CommandLine, ProbeSaysWhatIsNoSuchServer) {
  const FakeUpstream website({}, {{"GET /v1/models", bytes("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                                           "Content-Length: 15\r\n\r\n<html>hi</html>")}});
  const auto page = run_command({"probe", website.url()});
  EXPECT_EQ(page.exit_code, 1);
  EXPECT_THAT(page.output, HasSubstr("no OpenAI-compatible server"));
  const auto as_json = run_command({"probe", website.url(), "--json"});
  EXPECT_EQ(as_json.exit_code, 1);
  EXPECT_EQ(Json::parse(as_json.output)["usable"], false);

  const auto nowhere = "127.0.0.1:" + std::to_string(free_port());
  const auto nothing = run_command({"probe", "http://" + nowhere});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.output, HasSubstr("nothing listens at " + nowhere));

  const FakeUpstream hanging(
      {}, {{"GET /v1/models", [](Conversation& conversation) { return conversation.until_client_leaves(); }}});
  const auto silent = run_command({"probe", hanging.url(), "--timeout", "0.2"});
  EXPECT_EQ(silent.exit_code, 1);
  EXPECT_THAT(silent.output, HasSubstr("no answer from"));

  const auto no_url = run_command({"probe", "gpu:11434"});
  EXPECT_EQ(no_url.exit_code, 2);
  EXPECT_THAT(no_url.output, HasSubstr("http://gpu:11434"));
}

// The port of a listener, from the log in words.
std::uint16_t port_of(const ChildProcess& process, const std::string& listener) {
  std::uint16_t port = 0;
  process.wait_for_output(
      [&](const std::string& output) {
        const auto begin = output.find("listener=" + listener + " address=127.0.0.1:");
        const auto end = begin == std::string::npos ? begin : output.find('\n', begin);
        if (end == std::string::npos) return false;
        port = static_cast<std::uint16_t>(std::stoi(output.substr(output.rfind(':', end) + 1)));
        return true;
      },
      patience);
  return port;
}

TEST(CommandLine, TheDemoAnswers) {
  ChildProcess demo(
      {pointsman_binary().string(), "serve", "--demo", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"}, {});
  const auto port = port_of(demo, "main");
  ASSERT_NE(port, 0) << demo.output();
  ASSERT_TRUE(eventually([&] { return ask(port, "GET", "/v1/models/demo").status() == 200; })) << demo.output();

  const std::string question = R"({"model":"demo","messages":[{"role":"user","content":"tell me this"}]})";
  const auto answer = ask(port, "POST", "/v1/chat/completions", question);
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(Json::parse(answer.body)["choices"][0]["message"]["content"], "tell me this");
  const auto stream = ask(port, "POST", "/v1/responses", R"({"model":"demo","input":"tell me this","stream":true})");
  EXPECT_THAT(stream.body, HasSubstr("event: response.completed\n"));
  EXPECT_EQ(Json::parse(ask(port, "GET", "/v1/models/demo").body)["supported_apis"],
            Json::array({"chat_completions", "completions", "responses", "embeddings"}));

  demo.signal(SIGTERM);
  EXPECT_EQ(demo.wait_for_exit(patience), 0);
}

TEST(CommandLine, SignalsEndItWell) {
  const FakeUpstream upstream(
      {"m"}, {{"POST /v1/chat/completions", [](Conversation& conversation) -> boost::asio::awaitable<void> {
                 co_await conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
                 co_await conversation.until_client_leaves();
               }}});
  for (const int signal : {SIGTERM, SIGINT}) {
    GatewayProcess gateway("endpoints:\n" + endpoint("e", upstream.url()));
    gateway.wait_until_ready();
    EXPECT_EQ(gateway.stop(signal), 0) << gateway.process().output();
  }
  // In the middle of a stream, too, which is not made to look whole by that; and while a client is idle.
  GatewayProcess gateway("shutdown: {drain: 100ms}\nendpoints:\n" + endpoint("e", upstream.url()));
  gateway.wait_until_ready();
  RawClient idle(gateway.port());
  idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(idle.read_response().status(), 200);
  RawClient client(gateway.port());
  const std::string body = R"({"model":"m"})";
  client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  ASSERT_TRUE(eventually([&] { return upstream.requests().size() == 1; }));
  EXPECT_EQ(gateway.stop(), 0) << gateway.process().output();
  EXPECT_FALSE(client.read_response().complete);
  EXPECT_TRUE(idle.at_end());
}

}  // namespace
}  // namespace pointsman::test
