#include "../../support/doubles/litellm.hpp"
#include "../../support/doubles/lmdeploy.hpp"
#include "../../support/doubles/mistral_rs.hpp"
#include "../../support/doubles/openrouter.hpp"
#include "../../support/doubles/pointsman.hpp"
#include "../../support/doubles/sglang.hpp"
#include "../../support/doubles/tgi.hpp"
#include "../../support/doubles/transformers.hpp"
#include "../../support/doubles/triton.hpp"
#include "../../support/doubles/trtllm_serve.hpp"
#include "../../support/doubles/vllm.hpp"
#include "../../support/doubles/xinference.hpp"
#include "../../support/doubles/xllm.hpp"
#include "../../support/doubles/xllm_jd.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

const std::string chat = "/v1/chat/completions";
const std::string hello = R"({"messages":[]})";

Question named(const std::string& model) { return post(chat, R"({"model":")" + model + R"(","messages":[]})"); }

// Whether the double takes the question for a harmful one.
template <class Server>
bool is_harm(const Question& question) {
  Server server;
  Asked asked{question.method, question.path, question.body, {}};
  if (!question.body.empty()) asked.headers["content-length"] = std::to_string(question.body.size());
  asked.headers["authorization"] = "Bearer sk-1234";
  server.answer(asked);
  return !server.violations().empty();
}

// The doubles themselves: each harm that they watch for must be seen when it is done.
TEST(DoublesOfEngines, NoticeWhatWouldDoHarm) {
  EXPECT_TRUE(is_harm<VllmServer>(post(chat, hello))) << "the default model runs";
  EXPECT_TRUE(is_harm<VllmServer>(named(vllm_model)));
  EXPECT_TRUE(is_harm<VllmServer>(post("/sleep", "{}")));
  EXPECT_TRUE(is_harm<VllmRustServer>(post(chat, hello)));
  EXPECT_TRUE(is_harm<SglangServer>(named("whatever"))) << "the name is not looked at";
  for (const auto* path : {"/health", "/health_generate", "/flush_cache", "/server_info"}) {
    EXPECT_TRUE(is_harm<SglangServer>(get(path))) << path;
  }
  EXPECT_TRUE(is_harm<TgiServer>(get("/")));
  EXPECT_TRUE(is_harm<TgiServer>(get("/health")));
  EXPECT_TRUE(is_harm<TgiServer>(named("whatever")));
  EXPECT_TRUE(is_harm<TransformersServer>(named("org/other"))) << "is downloaded";
  EXPECT_TRUE(is_harm<TransformersServer>(post("/load_model", "{}")));
  EXPECT_TRUE(is_harm<TrtllmServer>(post(chat, hello)));
  EXPECT_TRUE(is_harm<TrtllmServer>(get("/metrics"))) << "takes the figures from others";
  EXPECT_TRUE(is_harm<TritonServer>(named("llama-3.1-8b")));
  EXPECT_TRUE(is_harm<MistralRsServer>(named("default")));
  EXPECT_TRUE(is_harm<MistralRsServer>(post("/re_isq", "{}")));
  EXPECT_TRUE(is_harm<LmdeployServer>(get("/terminate")));
  EXPECT_TRUE(is_harm<LmdeployServer>(post(chat, hello)));
  EXPECT_TRUE(is_harm<XinferenceServer>(named("qwen3")));
  EXPECT_TRUE(is_harm<XllmServer>(post("/v1/embeddings", R"({"model":"llama-3"})"))) << "loads before it looks further";
  EXPECT_TRUE(is_harm<XllmJdServer>(get(chat))) << "runs whatever the method";
  EXPECT_TRUE(is_harm<LitellmServer>(post(chat, "{}")));
  EXPECT_TRUE(is_harm<LitellmServer>(get("/health")));
  EXPECT_TRUE(is_harm<PointsmanServer>(named("llama")));
  EXPECT_TRUE(is_harm<OpenRouterServer>(post("/api/v1/chat/completions", "{")));
  EXPECT_TRUE(is_harm<VllmServer>(get("/v1/responses/compact"))) << "looks for a response of that name";
  EXPECT_TRUE(is_harm<LitellmServer>(get("/v1/responses/input_tokens")));
  EXPECT_TRUE(is_harm<MistralRsServer>(get("/v1/responses/input_tokens")));
}

TEST(DoublesOfEngines, LetHarmlessQuestionsPass) {
  const auto question = post(chat, "{");
  EXPECT_FALSE(is_harm<VllmServer>(question));
  EXPECT_FALSE(is_harm<VllmServer>(named("other")));
  EXPECT_FALSE(is_harm<SglangServer>(question));
  EXPECT_FALSE(is_harm<TgiServer>(question));
  EXPECT_FALSE(is_harm<TransformersServer>(question));
  EXPECT_FALSE(is_harm<TrtllmServer>(question));
  EXPECT_FALSE(is_harm<TritonServer>(question));
  EXPECT_FALSE(is_harm<MistralRsServer>(question));
  EXPECT_FALSE(is_harm<LmdeployServer>(question));
  EXPECT_FALSE(is_harm<XinferenceServer>(question));
  EXPECT_FALSE(is_harm<XllmServer>(question));
  EXPECT_FALSE(is_harm<XllmJdServer>(question));
  EXPECT_FALSE(is_harm<LitellmServer>(question));
  EXPECT_FALSE(is_harm<PointsmanServer>(question));
}

}  // namespace
}  // namespace pointsman::probe
