#include "../../support/doubles/llama_server.hpp"
#include "../../support/doubles/lm_studio.hpp"
#include "../../support/doubles/local_ai.hpp"
#include "../../support/doubles/ollama.hpp"
#include "../../support/doubles/vllm.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using namespace std::chrono_literals;
using registry::Health;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(ProbeRoutine, AsksForModelsAndVersionOnly) {
  Running<LlamaServer> llama;
  const auto first = examine(llama.sockets.url());
  EXPECT_EQ(first.routes_asked, clock_of_test.wall());
  const auto second = examine(llama.sockets.url(), known_from(first));
  EXPECT_EQ(second.report.health, Health::up);
  EXPECT_EQ(second.routes_asked, WallTime{});
  EXPECT_EQ(routes(second), "unknown unknown unknown unknown") << "what was known stays";
  std::vector<std::string> requests;
  for (const auto& sent : second.sent) requests.push_back(sent.request);
  EXPECT_THAT(requests, testing::ElementsAre("GET /v1/models", "GET /props"));
}

TEST(ProbeRoutine, AnUnrecognisedServerIsNotAskedWhoItIsAgain) {
  Running<LocalAiServer> server;
  server.server->well_known = false;
  server.server->responses = false;
  const auto first = examine(server.sockets.url());
  const auto second = examine(server.sockets.url(), known_from(first));
  EXPECT_EQ(second.sent.size(), 1u);
}

TEST(ProbeRoutine, UnknownRoutesAreNotAskedForEachTime) {
  Running<LmStudioServer> server;
  server.server->has_v0 = false;
  server.server->parses_first = true;
  const auto first = examine(server.sockets.url());
  EXPECT_EQ(examine(server.sockets.url(), known_from(first)).sent.size(), 1u);
}

TEST(ProbeTrouble, AtTheWrongPathSaysWhatItIsAndWhere) {
  Running<OllamaServer> ollama;
  const auto findings = examine(ollama.sockets.url("/v1/v1"));
  EXPECT_EQ(findings.report.health, Health::down);
  EXPECT_EQ(findings.report.detail,
            "this answers like an Ollama, but at the path /v1/v1 there is no list of models (HTTP 404); try " +
                ollama.sockets.url("/v1").text());

  Running<LlamaServer> llama;
  EXPECT_THAT(examine(llama.sockets.url("/openai")).report.detail,
              StartsWith("this answers like a llama.cpp, but at the path /openai/v1"));

  Running<VllmServer> vllm;
  EXPECT_THAT(examine(vllm.sockets.url("/v2")).report.detail,
              testing::EndsWith("try " + vllm.sockets.url("/v1").text()));
  EXPECT_THAT(vllm.sockets.lines(), Not(testing::Contains("GET /v1/models"))) << "it could be a llama-cpp-python";
}

TEST(ProbeTrouble, WhatIsNoServerAtAll) {
  ServerDouble page([](const Asked&) { return Reply{200, "<html>hello</html>", {{"Content-Type", "text/html"}}}; });
  const auto findings = examine(page.url());
  EXPECT_EQ(findings.report.health, Health::down);
  EXPECT_THAT(findings.report.detail, HasSubstr("a web page, which is no list of models"));
  EXPECT_EQ(findings.sent.size(), 1u);
}

TEST(ProbeTrouble, AnotherVersionIsNotedOnlyOnceItsRoutesCouldBeAskedFor) {
  ServerDouble upgraded([](const Asked& asked) {
    if (asked.path == "/v1/models") return Reply::json(200, openai_list({"a"}, "vllm"));
    if (asked.path == "/version") return Reply::json(200, R"({"version":"2"})");
    return Reply{.raw = "HTTP/1.1", .never_ends = true};
  });
  Target target = target_of(upgraded.url());
  target.timeout = 100ms;
  Known known;
  known.server_type = "vllm";
  known.version = "1";
  EXPECT_EQ(run(probe(target, known, clock_of_test)).report.version, "1");
}

TEST(ProbeTrouble, AServerThatHangsEndsTheProbeSoon) {
  ServerDouble hangs([](const Asked& asked) {
    Reply reply = Reply::json(200, openai_list({"a"}, "vllm"));
    if (asked.path != "/v1/models") reply = Reply{.raw = "HTTP/1.1", .never_ends = true};
    return reply;
  });
  Target target = target_of(hangs.url());
  target.timeout = 100ms;
  const auto findings = run(probe(target, {}, clock_of_test));
  EXPECT_EQ(findings.report.health, Health::up) << "it did list its models";
  EXPECT_EQ(findings.report.models.size(), 1u);
  EXPECT_EQ(findings.sent.size(), 2u) << "after one time-out nothing is asked any more";
}

// What is known stays when a probe did not find it out, as the registry does it.
registry::PerApi<registry::Capability> merged(registry::PerApi<registry::Capability> known,
                                              const registry::PerApi<registry::Capability>& asked) {
  for (const auto& row : registry::api_table) {
    if (asked[row.api].verdict != registry::Verdict::unknown) known[row.api] = asked[row.api];
  }
  return known;
}

TEST(ProbeTrouble, AServerThatTiresFindsItsLastRoutesAskedForNextTime) {
  LlamaServer llama;
  std::atomic<int> asked_for = 0;
  ServerDouble tires([&](const Asked& asked) {
    return ++asked_for < 10 ? llama.answer(asked) : Reply{.raw = "HTTP/1.1", .never_ends = true};
  });
  Target target = target_of(tires.url());
  target.timeout = 100ms;
  Known known;
  for (int probes = 0; probes < 4; ++probes) {
    asked_for = 0;
    const auto findings = run(probe(target, known, clock_of_test));
    const auto routes = merged(known.routes, findings.report.routes);
    known = known_from(findings);
    known.routes = routes;
  }
  EXPECT_EQ(named(known.routes, registry::Verdict::unknown), "");
  EXPECT_EQ(known.routes[registry::Api::messages_count_tokens].verdict, registry::Verdict::yes);
}

TEST(ProbeTrouble, ModelsThatAreLeftOutAreToldOf) {
  ServerDouble server(
      [](const Asked&) { return Reply::json(200, R"({"object":"list","data":[{"id":"a"},{"id":""}]})"); });
  const auto findings = examine(server.url());
  EXPECT_EQ(findings.report.models.size(), 1u);
  EXPECT_THAT(findings.report.detail, StartsWith("1 models are left out"));
}

TEST(ProbeTrouble, NoAnswerMayCarryTheKeyFurther) {
  ServerDouble server([](const Asked& asked) { return Reply::json(401, "you sent " + asked.header("authorization")); });
  const auto findings = examine(server.url(), {}, "secret-key");
  EXPECT_THAT(findings.report.detail, Not(HasSubstr("secret-key")));
  EXPECT_THAT(findings.sent.at(0).note, Not(HasSubstr("secret-key")));
}

}  // namespace
}  // namespace pointsman::probe
