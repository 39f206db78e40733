#include "pointsman/probe/presentation.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "probing.hpp"

namespace pointsman::probe {
namespace {

using registry::Api;
using registry::Health;
using registry::Provenance;
using registry::Verdict;
using testing::HasSubstr;

const Target target = target_of(config::parse_url("http://127.0.0.1:11434").value(), "secret-key");

Findings ollama() {
  Findings findings;
  auto& report = findings.report;
  report.health = Health::up;
  report.server_type = "ollama";
  report.version = "0.13.5";
  report.models_listed = true;
  report.load = {.running = 2, .waiting = std::nullopt, .slots = 4, .cache_use = 0.5};
  report.routes[Api::chat_completions] = {
      Verdict::yes, Provenance::probed, "GET /v1/chat/completions: 405 Allow: POST", {}};
  report.routes[Api::responses] = {Verdict::no, Provenance::probed, "GET /v1/responses: 404 404 page not found", {}};
  report.routes[Api::messages_count_tokens] = {
      Verdict::no, Provenance::probed, "GET /v1/messages/count_tokens: 404 404 page not found", {}};
  report.routes[Api::embeddings] = {Verdict::yes, Provenance::probed, "GET /v1/embeddings: 405 Allow: POST", {}};
  auto& chat = report.models.emplace_back();
  chat.id = "llama3.2:3b";
  chat.context_length = 8192;
  chat.loaded = true;
  for (const auto& row : registry::api_table) chat.apis[row.api].verdict = Verdict::no;
  chat.apis[Api::chat_completions] = chat.apis[Api::completions] = {};
  auto& embedding = report.models.emplace_back();
  embedding.id = "nomic";
  embedding.loaded = false;
  for (const auto& row : registry::api_table) embedding.apis[row.api].verdict = Verdict::no;
  report.models.emplace_back().id = "whole";
  findings.sent.push_back({"GET /v1/models", 200, "{\"object\":\"list\"}"});
  findings.sent.push_back({"GET /props", 0, "it closed in the middle"});
  findings.sent.push_back({"GET /metrics", 0, "it closed in the middle"});
  return findings;
}

TEST(Table, ShowsWhatWasFoundAndSent) {
  EXPECT_EQ(table(target, ollama()),
            "http://127.0.0.1:11434/v1 is up\n"
            "  server ollama 0.13.5\n"
            "  load 2 running, 4 slots, 50 % of the cache in use\n"
            "  routes\n"
            "    yes      chat_completions, embeddings\n"
            "             GET ...: 405 Allow: POST\n"
            "    unknown  completions, responses_input_tokens, responses_compact, moderations, rerank, tokenize, "
            "detokenize,\n"
            "             audio_speech, audio_transcriptions, audio_translations, images_generations, images_edits,\n"
            "             images_variations, messages, conversations, responses_websocket, realtime\n"
            "             not asked: this server has no answer that tells and costs nothing\n"
            "    no       responses, messages_count_tokens\n"
            "             GET ...: 404 404 page not found\n"
            "  models 3\n"
            "    llama3.2:3b  chat_completions, completions?  loaded  (8192 tokens)\n"
            "    nomic        none  not loaded\n"
            "    whole        all of these\n"
            "  sent 3\n"
            "    200  GET /v1/models\n"
            "         {\"object\":\"list\"}\n"
            "    ---  GET /props\n"
            "         it closed in the middle\n"
            "    ---  GET /metrics\n"
            "         as above\n");
}

TEST(Table, SaysWhyARouteIsUnknown) {
  auto findings = ollama();
  findings.sent.push_back({"POST /v1/does-not-exist {", 401, "no key"});
  findings.sent.push_back({"GET /v1/completions", 404, "a route"});
  findings.sent.push_back({"POST /v1/completions {", 500, "completions is ill"});
  findings.sent.push_back({"POST /v1/moderations {", 500, "moderations is ill"});
  findings.sent.push_back({"POST /v1/rerank/ {", 500, "another path"});
  findings.sent.push_back({"GET /v1/responses with Upgrade: websocket", 401, "no key"});
  findings.sent.push_back({"POST /tokenize {", 0, ""});
  findings.cut_short = true;
  const auto text = table(target, findings);
  EXPECT_THAT(text, HasSubstr("    unknown  completions\n"
                              "             what came back does not tell: POST ... {: 500 completions is ill\n"));
  EXPECT_THAT(text,
              HasSubstr("    unknown  responses_websocket\n             what came back does not tell: GET ... with "
                        "Upgrade: websocket: 401 no key\n"));
  EXPECT_THAT(text,
              HasSubstr("    unknown  tokenize\n             what came back does not tell: POST ... {: no answer in "
                        "time\n"));
  EXPECT_THAT(text, HasSubstr("             not asked after POST /tokenize {: no answer in time\n"));
  const auto document = nlohmann::json::parse(json(target, findings));
  EXPECT_EQ(document["routes"]["completions"]["evidence"],
            "what came back does not tell: POST /v1/completions {: 500 completions is ill");
}

TEST(Table, OfWhatIsNoEndpointSaysWhy) {
  Findings findings;
  findings.report.health = Health::down;
  findings.report.detail = "nothing listens there";
  EXPECT_EQ(table(target, findings),
            "http://127.0.0.1:11434/v1 is down: nothing listens there\n  server not recognised\n  sent 0\n");
  EXPECT_FALSE(is_usable(findings));
}

TEST(Json, HoldsTheSame) {
  const auto document = nlohmann::json::parse(json(target, ollama()));
  EXPECT_EQ(document["url"], "http://127.0.0.1:11434/v1");
  EXPECT_EQ(document["usable"], true);
  EXPECT_EQ(document["server_type"], "ollama");
  EXPECT_EQ(document["routes"]["responses"]["verdict"], "no");
  EXPECT_EQ(document["routes"]["responses"]["how"], "probed");
  EXPECT_EQ(document["models"][0]["apis"]["chat_completions"]["verdict"], "yes");
  EXPECT_EQ(document["models"][0]["apis"]["embeddings"]["verdict"], "no");
  EXPECT_EQ(document["models"][0]["context_length"], 8192);
  EXPECT_EQ(document["models"][1]["context_length"], nullptr);
  EXPECT_EQ(document["models"][0]["loaded"], true);
  EXPECT_EQ(document["load"]["running"], 2);
  EXPECT_EQ(document["load"]["waiting"], nullptr);
  EXPECT_EQ(document["sent"][1]["status"], 0);
}

TEST(Presentation, NeverShowsTheKey) {
  EXPECT_THAT(table(target, ollama()), Not(HasSubstr("secret-key")));
  EXPECT_THAT(json(target, ollama()), Not(HasSubstr("secret-key")));
}

}  // namespace
}  // namespace pointsman::probe
