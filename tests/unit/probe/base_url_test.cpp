#include "../../support/doubles/llama_server.hpp"
#include "../../support/doubles/lm_studio.hpp"
#include "../../support/doubles/ollama.hpp"
#include "../../support/doubles/tgi.hpp"
#include "../../support/doubles/vllm.hpp"
#include "examining.hpp"

// Base URLs as people write them.
namespace pointsman::probe {
namespace {

using namespace test;
using registry::Health;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// A reverse proxy with a vLLM behind `base`, where its routes are, and `root`, where its own pages are.
class Proxied {
 public:
  Proxied(std::string base, std::string root)
      : base_(std::move(base)), root_(std::move(root)), sockets([this](const Asked& asked) { return answer(asked); }) {}

  VllmServer server;

 private:
  Reply answer(Asked asked) {
    if (asked.path.starts_with(base_ + "/")) {
      asked.path = "/v1" + asked.path.substr(base_.size());
    } else if (asked.path.starts_with(root_ + "/")) {
      asked.path = asked.path.substr(root_.size());
    } else {
      return Reply::text(404, "no such application");
    }
    return server.answer(asked);
  }

  std::string base_;
  std::string root_;

 public:
  ServerDouble sockets;  // last: its thread uses the others
};

TEST(BaseUrl, IsTakenAsItIsWritten) {
  struct Case {
    std::string written;
    std::string base;
    std::string root;
  };
  const Case cases[] = {
      {"", "/v1", ""},
      {"/", "/v1", ""},
      {"/v1", "/v1", ""},
      {"/v1/", "/v1", ""},
      {"/v1//", "/v1", ""},
      {"/api/v1", "/api/v1", "/api"},
      {"/openai/v1", "/openai/v1", "/openai"},
      {"/engines/v1", "/engines/v1", "/engines"},
      {"/engines/llama.cpp/v1", "/engines/llama.cpp/v1", "/engines/llama.cpp"},
      {"/gpu-1", "/gpu-1/v1", "/gpu-1"},
      {"/gpu-1/", "/gpu-1/v1", "/gpu-1"},
      {"/gpu-1/v1", "/gpu-1/v1", "/gpu-1"},
      {"/team/gpu-1/vllm/v1/", "/team/gpu-1/vllm/v1", "/team/gpu-1/vllm"},
      {"/v1beta/openai", "/v1beta/openai", "/v1beta/openai"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.written);
    Proxied proxied(each.base, each.root);
    const auto findings = examine(proxied.sockets.url(each.written));
    EXPECT_EQ(findings.report.health, Health::up) << findings.report.detail;
    EXPECT_EQ(findings.report.server_type, "vllm");
    const bool has_own_pages = each.base != each.root;  // else they would stand among the routes
    EXPECT_EQ(findings.report.version, has_own_pages ? "0.11.2" : "");
    EXPECT_EQ(routes(findings), "yes yes yes no");
    EXPECT_EQ(proxied.sockets.lines().at(0), "GET " + each.base + "/models");
    for (const auto& line : proxied.sockets.lines()) {
      EXPECT_THAT(line, Not(HasSubstr("/v1/v1")));
      EXPECT_THAT(line, Not(HasSubstr("//")));
    }
  }
}

template <class Server>
std::string complaint(const Running<Server>& running, const std::string& written) {
  const auto report = examine(running.sockets.url(written)).report;
  EXPECT_EQ(report.health, Health::down);
  return report.detail;
}

TEST(BaseUrl, ThatIsWrongIsPutRight) {
  for (const auto* written : {"/api", "/api/tags", "/api/chat", "/v1/v1", "/ollama"}) {
    Running<OllamaServer> ollama;
    EXPECT_THAT(complaint(ollama, written), EndsWith("; try " + ollama.sockets.url().text())) << written;
  }
  Running<LlamaServer> llama;
  EXPECT_THAT(complaint(llama, "/openai"), EndsWith("; try " + llama.sockets.url().text()));
  Running<LmStudioServer> studio;
  EXPECT_THAT(complaint(studio, "/lms"), EndsWith("; try " + studio.sockets.url().text()));
  Running<VllmServer> vllm;
  EXPECT_THAT(complaint(vllm, "/v2"), EndsWith("; try " + vllm.sockets.url().text()));
  Running<TgiServer> tgi;
  EXPECT_THAT(complaint(tgi, "/v2"), EndsWith("; most servers have theirs at " + tgi.sockets.url().text()));
  EXPECT_THAT(complaint(tgi, "/v1/chat"), EndsWith("; most servers have theirs at " + tgi.sockets.url().text()));
}

TEST(BaseUrl, ThatIsUsualIsNotSuggestedAgain) {
  ServerDouble nothing([](const Asked&) { return Reply{404, "", {}}; });
  EXPECT_THAT(examine(nothing.url()).report.detail, EndsWith("which is no list of models"));
}

}  // namespace
}  // namespace pointsman::probe
