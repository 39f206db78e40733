#include "../../support/doubles/koboldcpp.hpp"
#include "../../support/doubles/llama_cpp_python.hpp"
#include "../../support/doubles/llama_server.hpp"
#include "../../support/doubles/local_ai.hpp"
#include "../../support/doubles/ollama.hpp"
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
  EXPECT_EQ(harm(ollama, get("/api/ps")), 3u) << "is not on the list";
  Running<VllmServer> vllm;
  EXPECT_EQ(harm(vllm, post("/v1/responses", "{}")), 1u) << "generates";
  Running<LlamaCppPythonServer> python;
  EXPECT_EQ(harm(python, post("/v1/completions", "{")), 1u) << "stops a stream";
  Running<KoboldCppServer> kobold;
  EXPECT_EQ(harm(kobold, post("/v1/completions", "{}")), 1u) << "generates";
  Running<LocalAiServer> local_ai;
  EXPECT_EQ(harm(local_ai, post("/v1/completions", "{}")), 1u) << "loads";
}

}  // namespace
}  // namespace pointsman::probe
