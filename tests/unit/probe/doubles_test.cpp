#include "../../support/doubles/docker_model_runner.hpp"
#include "../../support/doubles/koboldcpp.hpp"
#include "../../support/doubles/lemonade.hpp"
#include "../../support/doubles/llama_cpp_python.hpp"
#include "../../support/doubles/llama_server.hpp"
#include "../../support/doubles/llama_swap.hpp"
#include "../../support/doubles/llamafile.hpp"
#include "../../support/doubles/lm_studio.hpp"
#include "../../support/doubles/local_ai.hpp"
#include "../../support/doubles/mlx_lm.hpp"
#include "../../support/doubles/ollama.hpp"
#include "../../support/doubles/tabbyapi.hpp"
#include "../../support/doubles/vllm.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using namespace std::chrono_literals;

// The doubles themselves: each harm that they watch for must be seen when it is done.
TEST(Doubles, NoticeWhatWouldDoHarm) {
  const auto harm = [](auto& running, const Question& question) {
    Client client(target_of(running.sockets.url()));
    run(client.ask(question, std::chrono::steady_clock::now() + 10s));
    return running.server->violations().size();
  };
  Running<LlamaServer> llama;
  llama.server->sleeping = true;
  EXPECT_EQ(harm(llama, post("/v1/embeddings", "{")), 1u) << "wakes";
  EXPECT_EQ(harm(llama, post("/v1/chat/completions", R"({"messages":[]})")), 2u) << "generates";
  llama.server->router = true;
  EXPECT_EQ(harm(llama, post("/v1/chat/completions", R"({"model":"tiny"})")), 3u) << "loads";
  Running<OllamaServer> ollama;
  EXPECT_EQ(harm(ollama, post("/v1/embeddings", R"({"model":"llama3.2:3b"})")), 1u) << "loads";
  EXPECT_EQ(harm(ollama, post("/api/show", R"({"model":"glm-4.6:cloud"})")), 2u) << "costs";
  EXPECT_EQ(harm(ollama, post("/api/generate", "{}")), 3u) << "is not on the list";
  Running<VllmServer> vllm;
  EXPECT_EQ(harm(vllm, post("/v1/responses", R"({"input":"hi"})")), 1u) << "generates";
  Running<LlamaCppPythonServer> python;
  EXPECT_EQ(harm(python, post("/v1/completions", "{")), 1u) << "stops a stream";
  Running<KoboldCppServer> kobold;
  EXPECT_EQ(harm(kobold, post("/v1/completions", "{}")), 1u) << "generates";
  EXPECT_EQ(harm(kobold, post("/v1/audio/transcriptions", "{")), 2u) << "transcribes nothing";
  Running<LocalAiServer> local_ai;
  EXPECT_EQ(harm(local_ai, post("/v1/completions", "{}")), 1u) << "loads";
  EXPECT_EQ(harm(local_ai, get("/v1/responses")), 2u) << "begins a WebSocket";
}

TEST(Doubles, NoticeWhatWouldLoadUnloadOrDownload) {
  const auto harm = [](auto& running, const Question& question) {
    Client client(target_of(running.sockets.url()));
    run(client.ask(question, std::chrono::steady_clock::now() + 10s));
    return running.server->violations().size();
  };
  Running<LlamaServer> llama;
  EXPECT_EQ(harm(llama, get("/slots")), 1u) << "keeps it awake";
  llama.server->sleeping = true;
  EXPECT_EQ(harm(llama, get("/metrics")), 1u) << "does no harm";
  llama.server->router = true;
  EXPECT_EQ(harm(llama, get("/slots?model=tiny")), 2u) << "loads";
  Running<LmStudioServer> studio;
  EXPECT_EQ(harm(studio, post("/v1/chat/completions", R"({"messages":[]})")), 1u) << "generates";
  Running<LlamafileServer> llamafile;
  EXPECT_EQ(harm(llamafile, post("/v1/completions", "{}")), 1u) << "generates";
  Running<LemonadeServer> lemonade;
  EXPECT_EQ(harm(lemonade, post("/v1/completions", R"({"model":"Qwen3-0.6B-GGUF"})")), 1u) << "loads";
  EXPECT_EQ(harm(lemonade, post("/api/v1/pull", "{}")), 2u) << "downloads";
  Running<DockerModelRunnerServer> docker;
  EXPECT_EQ(harm(docker, post("/engines/v1/embeddings", R"({"model":"ai/mxbai-embed-large"})")), 1u) << "loads";
  Running<LlamaSwapServer> swap;
  EXPECT_EQ(harm(swap, get("/unload")), 1u) << "unloads";
  EXPECT_EQ(harm(swap, get("/upstream/qwen/")), 2u) << "starts a server";
  EXPECT_EQ(harm(swap, post("/v1/completions", R"({"model":"qwen"})")), 3u) << "starts a server";
  Running<MlxLmServer> mlx;
  EXPECT_EQ(harm(mlx, post("/v1/completions", "{}")), 1u) << "breaks it";
  Running<TabbyApiServer> tabby;
  EXPECT_EQ(harm(tabby, post("/v1/model/load", "{}")), 1u) << "loads";
  EXPECT_EQ(harm(tabby, post("/v1/completions", "{}")), 2u) << "generates";
  Running<KoboldCppServer> kobold;
  kobold.server->busy = true;
  EXPECT_EQ(harm(kobold, post("/v1/completions", "{")), 1u) << "waits";
}

}  // namespace
}  // namespace pointsman::probe
