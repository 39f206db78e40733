#include "../../support/doubles/axum.hpp"
#include "../../support/doubles/docker_model_runner.hpp"
#include "../../support/doubles/fast_api.hpp"
#include "../../support/doubles/koboldcpp.hpp"
#include "../../support/doubles/lemonade.hpp"
#include "../../support/doubles/litellm.hpp"
#include "../../support/doubles/llama_cpp_python.hpp"
#include "../../support/doubles/llama_server.hpp"
#include "../../support/doubles/llama_swap.hpp"
#include "../../support/doubles/llamafile.hpp"
#include "../../support/doubles/lm_studio.hpp"
#include "../../support/doubles/lmdeploy.hpp"
#include "../../support/doubles/local_ai.hpp"
#include "../../support/doubles/mistral_rs.hpp"
#include "../../support/doubles/mlx_lm.hpp"
#include "../../support/doubles/ollama.hpp"
#include "../../support/doubles/pointsman.hpp"
#include "../../support/doubles/sglang.hpp"
#include "../../support/doubles/tabbyapi.hpp"
#include "../../support/doubles/tgi.hpp"
#include "../../support/doubles/transformers.hpp"
#include "../../support/doubles/triton.hpp"
#include "../../support/doubles/trtllm_serve.hpp"
#include "../../support/doubles/vllm.hpp"
#include "../../support/doubles/xinference.hpp"
#include "../../support/doubles/xllm.hpp"
#include "../../support/doubles/xllm_jd.hpp"
#include "examining.hpp"

// Every API of the table at every server that is known: what it has is found, what it has not is known to be missing,
// and asking did no harm.
namespace pointsman::probe {
namespace {

using namespace test;

// What a probe finds, after `prepare`; what it could not find out is in brackets.
template <class Server>
std::string found_at(const std::function<void(Server&)>& prepare = [](Server&) {}) {
  Running<Server> running;
  prepare(*running.server);
  const auto findings = examine(running.sockets.url());
  expect_no_harm(running);
  EXPECT_LE(findings.sent.size(), 34u) << "a probe is bounded";
  return offered(findings) + (open(findings).empty() ? "" : " (" + open(findings) + ")");
}

TEST(WholeTable, LlamaServer) {
  EXPECT_EQ(found_at<LlamaServer>(),
            "chat_completions completions responses responses_input_tokens tokenize detokenize messages "
            "messages_count_tokens");
  EXPECT_EQ(found_at<LlamaServer>([](auto& server) { server.reranking = server.embeddings = server.hears = true; }),
            "chat_completions completions responses embeddings responses_input_tokens rerank tokenize detokenize "
            "audio_transcriptions messages messages_count_tokens");
  EXPECT_EQ(found_at<LlamaServer>([](auto& server) { server.router = true; }),
            "chat_completions completions responses embeddings responses_input_tokens rerank tokenize detokenize "
            "audio_transcriptions messages messages_count_tokens");
}

TEST(WholeTable, Llamafile) {
  for (const bool refuses_methods : {false, true}) {
    EXPECT_EQ(found_at<LlamafileServer>([&](auto& server) { server.refuses_methods = refuses_methods; }),
              "chat_completions completions embeddings tokenize detokenize");
  }
}

TEST(WholeTable, OllamaOfEachAge) {
  const auto found = [](int minor, int patch) {
    return found_at<OllamaServer>([&](auto& server) {
      server.minor = minor;
      server.patch = patch;
    });
  };
  EXPECT_EQ(found(6, 2), "chat_completions completions embeddings");
  EXPECT_EQ(found(13, 2), "chat_completions completions embeddings");
  EXPECT_EQ(found(13, 3), "chat_completions completions responses embeddings");
  EXPECT_EQ(found(14, 0), "chat_completions completions responses embeddings messages");
  EXPECT_EQ(found(20, 0), "chat_completions completions responses embeddings audio_transcriptions messages");
}

TEST(WholeTable, Vllm) {
  for (const bool has_openapi : {true, false}) {
    EXPECT_EQ(found_at<VllmServer>([&](auto& server) { server.has_openapi = has_openapi; }),
              "chat_completions completions responses tokenize detokenize messages");
  }
  EXPECT_EQ(found_at<VllmServer>([](auto& server) { server.has_every_route = true; }),
            "chat_completions completions responses embeddings rerank tokenize detokenize audio_transcriptions "
            "audio_translations messages");
  EXPECT_EQ(found_at<VllmServer>([](auto& server) { server.offered = {"/v1/embeddings", "/v1/rerank", "/tokenize"}; }),
            "embeddings rerank tokenize")
      << "by the task of its model";
  EXPECT_EQ(found_at<VllmServer>([](auto& server) {
              server.has_openapi = false;
              server.offered = {"/v1/audio/transcriptions", "/v1/audio/translations"};
            }),
            "audio_transcriptions audio_translations")
      << "by POST, where GET is given up early";
  EXPECT_EQ(found_at<VllmRustServer>(), "chat_completions completions");
}

TEST(WholeTable, Sglang) {
  for (const bool has_openapi : {true, false}) {
    EXPECT_EQ(found_at<SglangServer>([&](auto& server) { server.has_openapi = has_openapi; }),
              "chat_completions completions responses embeddings rerank tokenize detokenize audio_transcriptions "
              "messages messages_count_tokens");
  }
}

TEST(WholeTable, EnginesOnFastApi) {
  for (const bool has_openapi : {true, false}) {
    const auto prepare = [&](auto& server) { server.has_openapi = has_openapi; };
    EXPECT_EQ(found_at<FastApiServer>(prepare), "chat_completions completions");
    EXPECT_EQ(found_at<TransformersServer>(prepare), "chat_completions responses audio_transcriptions");
    EXPECT_EQ(found_at<TritonServer>(prepare), "chat_completions completions embeddings");
    EXPECT_EQ(found_at<TrtllmServer>(prepare), "chat_completions completions responses");
    EXPECT_EQ(found_at<LmdeployServer>(prepare), "chat_completions completions") << "its embeddings are none";
    EXPECT_EQ(found_at<XinferenceServer>(prepare),
              "chat_completions completions embeddings rerank audio_speech audio_transcriptions audio_translations "
              "images_generations images_edits images_variations messages");
    EXPECT_EQ(found_at<TabbyApiServer>(prepare), "chat_completions completions embeddings");
  }
  EXPECT_EQ(found_at<TrtllmServer>([](auto& server) { server.offered.insert("/v1/messages"); }),
            "chat_completions completions responses messages");
  EXPECT_EQ(found_at<LmdeployServer>([](auto& server) { server.has_responses = true; }),
            "chat_completions completions responses messages");
  EXPECT_EQ(found_at<LlamaCppPythonServer>(), "chat_completions completions");
}

TEST(WholeTable, EnginesOnAxum) {
  EXPECT_EQ(found_at<AxumServer>(), "chat_completions completions responses");
  EXPECT_EQ(found_at<TgiServer>(), "chat_completions completions tokenize");
  EXPECT_EQ(found_at<MistralRsServer>(),
            "chat_completions completions responses embeddings audio_speech images_generations messages");
  EXPECT_EQ(found_at<MistralRsServer>([](auto& server) { server.has_responses = server.has_messages = false; }),
            "chat_completions completions embeddings audio_speech images_generations");
}

TEST(WholeTable, LmStudioOfEachAge) {
  EXPECT_EQ(found_at<LmStudioServer>(), "chat_completions completions embeddings");
  EXPECT_EQ(found_at<LmStudioServer>([](auto& server) { server.has_v1 = server.has_responses = true; }),
            "chat_completions completions responses embeddings");
  EXPECT_EQ(found_at<LmStudioServer>([](auto& s) { s.has_v1 = s.has_responses = s.has_messages = true; }),
            "chat_completions completions responses embeddings messages");
}

TEST(WholeTable, KoboldCppIsNotAskedForWhatTakesForms) {
  EXPECT_EQ(found_at<KoboldCppServer>(),
            "chat_completions completions responses embeddings audio_speech audio_transcriptions images_generations "
            "messages (audio_translations images_edits images_variations)");
  EXPECT_EQ(found_at<KoboldCppServer>([](auto& server) { server.says_what_it_has = false; }),
            "chat_completions completions responses embeddings audio_speech images_generations messages "
            "(audio_transcriptions audio_translations images_edits images_variations)");
}

TEST(WholeTable, LocalAi) {
  EXPECT_EQ(found_at<LocalAiServer>(),
            "chat_completions completions responses embeddings moderations rerank audio_speech audio_transcriptions "
            "images_generations messages");
  EXPECT_EQ(found_at<LocalAiServer>([](auto& server) { server.responses = false; }),
            "chat_completions completions embeddings moderations rerank audio_speech audio_transcriptions "
            "images_generations");
}

TEST(WholeTable, Lemonade) {
  EXPECT_EQ(found_at<LemonadeServer>(),
            "chat_completions completions responses embeddings audio_speech audio_transcriptions images_generations "
            "images_edits images_variations messages");
  EXPECT_EQ(found_at<LemonadeServer>([](auto& server) { server.has_responses = server.has_messages = false; }),
            "chat_completions completions embeddings audio_speech audio_transcriptions images_generations "
            "images_edits images_variations");
}

TEST(WholeTable, DockerModelRunner) {
  EXPECT_EQ(found_at<DockerModelRunnerServer>(),
            "chat_completions completions responses embeddings rerank images_generations messages");
  EXPECT_EQ(found_at<DockerModelRunnerServer>([](auto& server) { server.has_responses = false; }),
            "chat_completions completions embeddings rerank images_generations");
}

TEST(WholeTable, BothXllms) {
  EXPECT_EQ(found_at<XllmServer>(),
            "chat_completions completions responses embeddings audio_speech audio_transcriptions images_generations");
  EXPECT_EQ(found_at<XllmJdServer>(), "chat_completions completions embeddings rerank messages");
}

TEST(WholeTable, MlxLm) { EXPECT_EQ(found_at<MlxLmServer>(), "chat_completions completions"); }

TEST(WholeTable, LlamaSwap) {
  for (const bool is_old : {false, true}) {
    EXPECT_EQ(found_at<LlamaSwapServer>([&](auto& server) { server.is_old = is_old; }),
              "chat_completions completions responses embeddings rerank audio_speech audio_transcriptions "
              "images_generations images_edits messages messages_count_tokens");
  }
}

TEST(WholeTable, AnotherPointsmanHasAll) {
  EXPECT_EQ(found_at<PointsmanServer>(),
            "chat_completions completions responses embeddings responses_input_tokens responses_compact moderations "
            "rerank tokenize detokenize audio_speech audio_transcriptions audio_translations images_generations "
            "images_edits images_variations messages messages_count_tokens");
}

TEST(WholeTable, Litellm) {
  Running<LitellmServer> server;
  for (const bool has_openapi : {true, false}) {
    server.server->has_openapi = has_openapi;
    EXPECT_EQ(offered(examine(server.sockets.url(), {}, server.server->key)),
              "chat_completions completions responses embeddings moderations rerank audio_speech audio_transcriptions "
              "images_generations images_edits messages messages_count_tokens");
  }
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
