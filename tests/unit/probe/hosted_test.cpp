#include "pointsman/probe/hosted.hpp"

#include <boost/asio/ip/tcp.hpp>

#include "../../support/doubles/azure_openai.hpp"
#include "../../support/doubles/gemini.hpp"
#include "../../support/doubles/groq.hpp"
#include "../../support/doubles/hugging_face_router.hpp"
#include "../../support/doubles/openai.hpp"
#include "../../support/doubles/openrouter.hpp"
#include "../../support/doubles/together.hpp"
#include "../../support/doubles/xai.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Api;
using registry::Health;
using registry::Provenance;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::StartsWith;

// A target at the provider's own URL, but for the port, that leads to the double.
template <class Server>
Findings examine_at(const Running<Server>& running, const std::string& host_and_base, const std::string& key) {
  const auto slash = std::min(host_and_base.find('/'), host_and_base.size());
  const std::string port = std::to_string(running.sockets.port());
  const std::string url = "http://" + host_and_base.substr(0, slash) + ":" + port + host_and_base.substr(slash);
  Target target = target_of(config::parse_url(url).value(), key);
  target.addresses = {boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), running.sockets.port())};
  return run(probe(target, {}, clock_of_test));
}

TEST(ProbeHosted, OpenAi) {
  Running<OpenAiServer> server;
  const auto findings = examine_at(server, "api.openai.com", "sk-test");
  EXPECT_EQ(findings.report.health, Health::up);
  EXPECT_EQ(findings.report.server_type, "openai");
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(findings.report.routes[Api::responses].how, Provenance::profile);
  EXPECT_EQ(findings.report.routes[Api::responses_websocket].verdict, registry::Verdict::yes);
  EXPECT_EQ(findings.report.routes[Api::realtime].verdict, registry::Verdict::yes);
  for (const auto& each : findings.report.models) {
    EXPECT_EQ(each.apis[Api::realtime].verdict, registry::Verdict::no) << each.id;
  }
  EXPECT_EQ(model(findings, "gpt-5"), "unknown unknown unknown no");
  EXPECT_EQ(model(findings, "text-embedding-3-small"), "no no no yes");
  EXPECT_EQ(offered(findings),
            "chat_completions completions responses embeddings responses_input_tokens responses_compact moderations "
            "audio_speech audio_transcriptions audio_translations images_generations images_edits images_variations "
            "conversations");
  EXPECT_EQ(open(findings), "");
  for (const auto* hears : {"whisper-1", "gpt-4o-transcribe"}) {
    EXPECT_EQ(offered(findings, hears), "audio_transcriptions audio_translations");
  }
  for (const auto* speaks : {"gpt-4o-mini-tts", "tts-1"}) EXPECT_EQ(offered(findings, speaks), "audio_speech");
  for (const auto* draws : {"dall-e-3", "gpt-image-1"}) {
    EXPECT_EQ(offered(findings, draws), "images_generations images_edits images_variations");
  }
  EXPECT_EQ(offered(findings, "omni-moderation-latest"), "moderations");
  EXPECT_EQ(findings.report.models.at(0).apis[Api::images_generations].verdict, registry::Verdict::no)
      << "what draws has names of its own";
  EXPECT_THAT(server.sockets.lines(), ElementsAre("GET /v1/models"));
  EXPECT_THAT(server.server->violations(), IsEmpty());
}

TEST(ProbeHosted, AzureOpenAi) {
  Running<AzureOpenAiServer> server;
  const auto findings = examine_at(server, "east.openai.azure.com/openai/v1", "sk-test");
  EXPECT_EQ(findings.report.server_type, "azure-openai");
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(model(findings, "gpt-4o"), "yes no yes no");
  EXPECT_EQ(offered(findings, "gpt-4o"), "chat_completions responses");
  EXPECT_EQ(model(findings, "text-embedding-3-large"), "no no no yes");
  EXPECT_THAT(server.server->violations(), IsEmpty());
}

TEST(ProbeHosted, OpenRouter) {
  Running<OpenRouterServer> server;
  const auto findings = examine_at(server, "openrouter.ai/api/v1", "sk-test");
  EXPECT_EQ(findings.report.health, Health::up);
  EXPECT_EQ(findings.report.server_type, "openrouter");
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(model(findings, "openai/gpt-5"), "yes yes yes no");
  EXPECT_EQ(offered(findings, "openai/gpt-5"), "chat_completions completions responses")
      << "not messages: whether it has that route is not known";
  EXPECT_EQ(model(findings, "google/gemini-image"), "yes yes yes no");
  EXPECT_EQ(model(findings, "qwen/embed"), "no no no yes");
  EXPECT_EQ(findings.report.models.at(0).context_length, 400'000);
  EXPECT_THAT(server.sockets.lines(), ElementsAre("GET /api/v1/models", "GET /api/v1/key"));
  EXPECT_THAT(server.server->violations(), IsEmpty());
}

TEST(ProbeHosted, OpenRouterWithAWrongKeyOrNone) {
  Running<OpenRouterServer> server;
  const auto wrong = examine_at(server, "openrouter.ai/api/v1", "sk-other");
  EXPECT_EQ(wrong.report.health, Health::auth) << "although its models are listed to everybody";
  EXPECT_THAT(wrong.report.detail, StartsWith("it refuses the key"));
  EXPECT_TRUE(wrong.report.models_listed);
  const auto without = examine_at(server, "openrouter.ai/api/v1", "");
  EXPECT_EQ(without.report.health, Health::auth);
  EXPECT_THAT(without.report.detail, StartsWith("it wants a key"));
}

TEST(ProbeHosted, Groq) {
  Running<GroqServer> server;
  const auto findings = examine_at(server, "api.groq.com/openai/v1", "sk-test");
  EXPECT_EQ(findings.report.server_type, "groq");
  EXPECT_EQ(routes(findings), "yes unknown yes unknown");
  EXPECT_EQ(offered(findings), "chat_completions responses audio_speech audio_transcriptions audio_translations");
  EXPECT_EQ(model(findings, "whisper-large-v3"), "no no no no");
  EXPECT_EQ(offered(findings, "whisper-large-v3"), "audio_transcriptions audio_translations");
  EXPECT_EQ(offered(findings, "playai-tts"), "audio_speech");
  EXPECT_EQ(model(findings, "llama-3.3-70b-versatile"), "unknown unknown unknown unknown");
  EXPECT_EQ(findings.report.models.at(0).context_length, 131'072);
  EXPECT_THAT(server.server->violations(), IsEmpty());
}

TEST(ProbeHosted, Xai) {
  Running<XaiServer> server;
  const auto findings = examine_at(server, "api.x.ai", "sk-test");
  EXPECT_EQ(findings.report.server_type, "xai");
  EXPECT_EQ(routes(findings), "yes unknown yes unknown");
  EXPECT_THAT(server.server->violations(), IsEmpty());
}

TEST(ProbeHosted, Together) {
  Running<TogetherServer> server;
  const auto findings = examine_at(server, "api.together.xyz/v1", "sk-test");
  EXPECT_EQ(findings.report.server_type, "together");
  EXPECT_EQ(routes(findings), "yes yes unknown yes");
  EXPECT_EQ(model(findings, "meta-llama/Llama-3.3-70B"), "yes yes unknown no") << "its routes are not all known";
  EXPECT_EQ(model(findings, "BAAI/bge-large"), "no no no yes");
  EXPECT_EQ(model(findings, "meta-llama/Llama-2-70b"), "unknown yes unknown no");
  EXPECT_EQ(model(findings, "black-forest-labs/FLUX.1"), "no no no no");
  EXPECT_EQ(offered(findings, "black-forest-labs/FLUX.1"), "images_generations");
  EXPECT_EQ(offered(findings, "Salesforce/Llama-Rank"), "rerank");
  EXPECT_THAT(server.server->violations(), IsEmpty());
}

TEST(ProbeHosted, HuggingFaceRouter) {
  Running<HuggingFaceRouterServer> server;
  const auto findings = examine_at(server, "router.huggingface.co/v1", "sk-test");
  EXPECT_EQ(findings.report.server_type, "huggingface-router");
  EXPECT_EQ(routes(findings), "yes unknown unknown unknown");
  EXPECT_EQ(model(findings, "openai/gpt-oss-120b"), "yes unknown unknown no");
  EXPECT_THAT(server.server->violations(), IsEmpty());
}

TEST(ProbeHosted, Gemini) {
  Running<GeminiServer> server;
  const auto findings = examine_at(server, "generativelanguage.googleapis.com/v1beta/openai", "sk-test");
  EXPECT_EQ(findings.report.server_type, "gemini");
  EXPECT_EQ(routes(findings), "yes unknown no yes");
  EXPECT_EQ(model(findings, "models/gemini-2.5-flash"), "unknown unknown unknown no");
  EXPECT_EQ(model(findings, "models/gemini-embedding-001"), "no no no yes");
  EXPECT_EQ(offered(findings, "models/imagen-4.0"), "images_generations");
  EXPECT_THAT(server.server->violations(), IsEmpty());
}

TEST(ProbeHosted, GeminiTakesAWrongKeyForABadRequest) {
  for (const bool errors_are_arrays : {true, false}) {
    Running<GeminiServer> server;
    server.server->errors_are_arrays = errors_are_arrays;
    const auto report = examine_at(server, "generativelanguage.googleapis.com/v1beta/openai", "sk-other").report;
    EXPECT_EQ(report.health, Health::auth);
    EXPECT_EQ(report.server_type, "gemini");
    EXPECT_THAT(report.detail, StartsWith("it refuses the key that is configured as api_key (HTTP 400"));
  }
}

TEST(ProbeHosted, AWrongKeyIsSaid) {
  Running<OpenAiServer> server;
  const auto report = examine_at(server, "api.openai.com", "sk-other").report;
  EXPECT_EQ(report.health, Health::auth);
  EXPECT_EQ(report.server_type, "openai");
  EXPECT_FALSE(report.models_listed);
}

TEST(ProbeHosted, AWrongBaseIsPutRight) {
  Running<OpenRouterServer> router;
  const auto of_router = examine_at(router, "openrouter.ai", "sk-test").report;
  EXPECT_EQ(of_router.health, Health::down);
  EXPECT_THAT(of_router.detail, StartsWith("this is OpenRouter, but at the path /v1 there is no list of models"));
  EXPECT_THAT(of_router.detail, EndsWith("/api/v1"));
  EXPECT_THAT(router.sockets.lines(), ElementsAre("GET /v1/models"));
  Running<GeminiServer> gemini;
  EXPECT_THAT(examine_at(gemini, "generativelanguage.googleapis.com", "sk-test").report.detail,
              EndsWith("/v1beta/openai"));
  Running<GroqServer> groq;
  EXPECT_THAT(examine_at(groq, "api.groq.com/v1", "sk-test").report.detail, EndsWith("/openai/v1"));
}

TEST(HostedAt, IsTheHostOrOneBelowIt) {
  const auto type_at = [](const std::string& url) {
    const auto* hosted = hosted_at(config::parse_url(url).value());
    return hosted == nullptr ? "" : std::string(hosted->type);
  };
  EXPECT_EQ(type_at("https://api.openai.com/v1"), "openai");
  EXPECT_EQ(type_at("https://API.OpenAI.com"), "openai");
  EXPECT_EQ(type_at("https://eu.api.openai.com/v1"), "openai");
  EXPECT_EQ(type_at("https://res.openai.azure.com/openai/v1"), "azure-openai");
  EXPECT_EQ(type_at("https://api.together.ai/v1"), "together");
  EXPECT_EQ(type_at("https://notapi.openai.com/v1"), "");
  EXPECT_EQ(type_at("https://myapi.openai.com.example/v1"), "");
  EXPECT_EQ(type_at("https://xapi.openai.com/v1"), "");
  EXPECT_EQ(type_at("http://127.0.0.1:8000"), "");
  EXPECT_EQ(type_at("https://x.ai"), "");
  EXPECT_EQ(type_at("unix:/run/api.openai.com"), "");
}

}  // namespace
}  // namespace pointsman::probe
