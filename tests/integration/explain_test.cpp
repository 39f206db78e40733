#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/command.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/temp_directory.hpp"

// `pointsman explain` against a running gateway, and the route behind it.
namespace pointsman::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Json = nlohmann::json;

Ended run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "explain");
  return run_command(arguments);
}

std::uint16_t free_port() { return FakeUpstream({}).port(); }

const FakeUpstream::Routes chat{{"POST /v1/chat/completions", json(200, "{}")}};

class Explain : public testing::Test {
 protected:
  void start(const std::string& endpoints, std::size_t endpoints_up) {
    gateway_.emplace("endpoints:\n" + endpoints);
    gateway_->wait_until_ready(endpoints_up);
  }
  std::string operations() const { return "127.0.0.1:" + std::to_string(gateway_->operations_port()); }
  Ended explain(const std::string& model, const std::string& api = "chat_completions", bool as_json = false) const {
    std::vector<std::string> arguments{"--model", model, "--api", api, "--operations", operations()};
    if (as_json) arguments.emplace_back("--json");
    return run(arguments);
  }

  std::optional<GatewayProcess> gateway_;
};

TEST_F(Explain, SaysWhoWouldBeTriedAndWhyTheOthersWouldNot) {
  const FakeUpstream first({"m"}, chat);
  const FakeUpstream second({"big"}, chat);
  const FakeUpstream without({"m"}, {{"POST /v1/embeddings", json(200, "{}")}});
  const FakeUpstream other({"n"}, chat);
  const std::string nowhere = "127.0.0.1:" + std::to_string(free_port());
  start(endpoint("second", second.url(), "priority: 1, models: [{id: big, aliases: [m]}]") +
            endpoint("first", first.url()) + endpoint("without", without.url()) + endpoint("other", other.url()) +
            endpoint("gone", "http://" + nowhere, "models: [{id: m}]"),
        4);
  // Probed, too, which nobody counts.
  ASSERT_TRUE(eventually([&] { return explain("m").output.find("nothing listens") != std::string::npos; }));

  const auto [exit_code, output] = explain("m");
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(output, HasSubstr("m with chat_completions: would be tried, each next one if those before it failed\n"));
  EXPECT_THAT(output, ContainsRegex("\n  1\\.  first +it offers the API \\(probed: GET /v1/chat/completions: 405"));
  EXPECT_THAT(output, ContainsRegex("\n  2\\.  second as big +lower priority \\(1, after 0\\)\n"));
  EXPECT_THAT(output, ContainsRegex("\nnot tried\n +without +it does not offer the API for this model \\(probed: "));
  EXPECT_THAT(output, ContainsRegex("\n +other +it does not list the model\n"));
  EXPECT_THAT(output, ContainsRegex("\n +gone +it is down: nothing listens at " + nowhere));

  // What is explained is what happens.
  const auto answer = ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"m","messages":[]})");
  EXPECT_EQ(answer.field("x-pointsman-endpoint"), "first");
}

TEST_F(Explain, SpeaksJsonToPrograms) {
  const FakeUpstream upstream({"m"}, chat);
  const FakeUpstream other({"n"}, chat);
  start(endpoint("e", upstream.url()) + endpoint("o", other.url()), 2);
  const auto [exit_code, output] = explain("m", "chat_completions", true);
  EXPECT_EQ(exit_code, 0);
  const auto found = Json::parse(output);
  EXPECT_EQ(found.at("model"), "m");
  EXPECT_EQ(found.at("api"), "chat_completions");
  EXPECT_EQ(found.at("attempts"), 3);
  ASSERT_THAT(found.at("tried"), SizeIs(1));
  EXPECT_EQ(found.at("tried")[0].at("endpoint"), "e");
  EXPECT_EQ(found.at("tried")[0].at("model"), "m");
  EXPECT_THAT(found.at("tried")[0].at("why").get<std::string>(), HasSubstr("it offers the API"));
  EXPECT_EQ(found.at("not_tried"), Json::parse(R"([{"endpoint": "o", "model": null, "reason": "model_not_listed",
                                                    "why": "it does not list the model"}])"));
  EXPECT_FALSE(found.contains("answer"));
}

TEST_F(Explain, SaysWhatClientsAreAnsweredWhenNoneIsTried) {
  const FakeUpstream upstream({"llama3.2:3b", "llama3.2:1b", "qwen3"}, chat);
  start(endpoint("e", upstream.url()), 1);
  const auto embeddings = explain("qwen3", "embeddings");
  EXPECT_EQ(embeddings.exit_code, 1);
  EXPECT_THAT(embeddings.output, HasSubstr("qwen3 with embeddings: no endpoint would be tried\n"));
  const auto refusal = ask(gateway_->port(), "POST", "/v1/embeddings", R"({"model":"qwen3","input":"x"})");
  EXPECT_THAT(embeddings.output, HasSubstr("clients are answered 501: " + message_of(refusal)));

  const auto unknown = explain("lama3.2:3b");
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.output, HasSubstr("clients are answered 404: "));
  EXPECT_THAT(unknown.output, HasSubstr("the nearest names of models: llama3.2:3b llama3.2:1b"));
  EXPECT_EQ(Json::parse(explain("lama3.2:3b", "responses", true).output).at("nearest").at(0), "llama3.2:3b");
}

TEST_F(Explain, TakesNamesAsTheyAre) {
  const std::string odd = "org/m:3b &=%41+\"ä";
  const FakeUpstream upstream({"other", odd}, chat);
  start(endpoint("e", upstream.url(), "models: [{id: 'org/m:3b &=%41+\"ä'}]"), 1);
  const auto [exit_code, output] = explain(odd);
  EXPECT_EQ(exit_code, 0) << output;
}

TEST_F(Explain, NamesTheApisThatThereAre) {
  const auto [exit_code, output] = run({"--model", "m", "--api", "chat"});
  EXPECT_EQ(exit_code, 2);
  EXPECT_THAT(output, HasSubstr("there is no API 'chat'; write one of chat_completions, completions, responses, "
                                "embeddings"));
  const auto help = run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, AllOf(HasSubstr("chat_completions, completions, responses, embeddings"),
                                 HasSubstr("--operations"), HasSubstr("--config"), HasSubstr("--json")));
}

TEST_F(Explain, FindsTheGatewayByItsFile) {
  const FakeUpstream upstream({"m"}, chat);
  start(endpoint("e", upstream.url()), 1);
  const TempDirectory directory;
  // Whoever asks needs none of the keys that the gateway has.
  const auto file = directory.write("pointsman.yaml", "operations: " + operations() + "\nendpoints:\n" +
                                                          endpoint("e", upstream.url(), "api_key: \"${NOT_SET}\""));
  const auto [exit_code, output] = run({"--model", "m", "--api", "chat_completions", "--config", file.string()});
  EXPECT_EQ(exit_code, 0) << output;

  const auto wrong = directory.write("wrong.yaml", "operation: " + operations() + "\n");
  const auto refused = run({"--model", "m", "--api", "chat_completions", "--config", wrong.string()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.output, HasSubstr("did you mean `operations`?"));
}

TEST_F(Explain, SaysThatNoGatewayRunsAndWhatToDo) {
  const std::string nowhere = "127.0.0.1:" + std::to_string(free_port());
  const auto none = run({"--model", "m", "--api", "responses", "--operations", nowhere});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.output, HasSubstr("no gateway runs: nothing listens at " + nowhere));
  EXPECT_THAT(none.output, AllOf(HasSubstr("pointsman serve"), HasSubstr("--config FILE")));

  const FakeUpstream somebody_else({"m"});
  const std::string elsewhere = "127.0.0.1:" + std::to_string(somebody_else.port());
  const auto other = run({"--model", "m", "--api", "responses", "--operations", elsewhere, "--json"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.output, HasSubstr("does not answer at " + elsewhere + ": HTTP 404"));
}

TEST_F(Explain, TheRouteSaysWhatItNeeds) {
  const FakeUpstream upstream({"m"}, chat);
  start(endpoint("e", upstream.url()), 1);
  const auto get = [&](const std::string& query, const std::string& method = "GET") {
    return ask(gateway_->operations_port(), method, "/explain" + query);
  };
  EXPECT_TRUE(is_own_answer(get("?api=chat_completions&model=m"), 200));
  for (const auto* query : {"", "?model=m", "?api=chat_completions", "?model=&api=chat_completions"}) {
    const auto response = get(query);
    EXPECT_TRUE(is_own_error(response, 400)) << query;
    EXPECT_THAT(message_of(response), HasSubstr("/explain?model=MODEL&api=API"));
  }
  EXPECT_THAT(message_of(get("?model=m&api=chat")),
              HasSubstr("There is no API 'chat'; write one of chat_completions, completions, responses, embeddings, "));
  EXPECT_TRUE(is_own_error(get("?model=m&api=responses", "POST"), 405));
  EXPECT_EQ(ask(gateway_->port(), "GET", "/explain?model=m&api=responses").status(), 404) << "not for clients";
}

TEST_F(Explain, SaysOfAKeyWhichModelsNobodyCanServeNow) {
  const FakeUpstream stays({"n"}, chat);
  std::optional<FakeUpstream> goes(std::in_place, std::vector<std::string>{"m"}, chat);
  gateway_.emplace(
      "probe: {interval: 100ms}\naccess: {keys: [{name: team, key: the-key-of-the-team-0123456789}]}\n"
      "endpoints:\n" +
      endpoint("gpu", goes->url()) + endpoint("cpu", stays.url()));
  gateway_->wait_until_ready(2);
  goes.reset();
  std::string output;
  EXPECT_TRUE(eventually([&] {
    output = run({"--key", "team", "--operations", operations()}).output;
    return output.find("  m  chat_completions  (no endpoint can serve it now: gpu is down)\n") != output.npos;
  })) << output;
  EXPECT_THAT(output, HasSubstr("  n  chat_completions\n"));
}

}  // namespace
}  // namespace pointsman::test
