#include "../../support/doubles/mlx_lm.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeMlxLm, IsRecognisedByWhatItMisses) {
  Running<MlxLmServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "mlx-lm");
  EXPECT_EQ(findings.report.version, "");
  EXPECT_EQ(routes(findings), "yes yes no no");
  expect_no_harm(server);
}

TEST(ProbeMlxLm, IsNotEveryServerInPython) {
  ServerDouble other([](const Asked& asked) {
    Reply reply = Reply::json(404, R"({"detail":"Not Found"})");
    if (asked.path == "/v1/models") reply = Reply::json(200, openai_list({"a"}, ""));
    if (asked.path == "/health") reply = Reply::json(200, R"({"status":"ok"})");
    reply.headers.emplace_back("Server", "BaseHTTP/0.6 Python/3.12.3");
    return reply;
  });
  EXPECT_EQ(examine(other.url()).report.server_type, "");
}

}  // namespace
}  // namespace pointsman::probe
