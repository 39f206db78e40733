#include "../../support/doubles/axum.hpp"
#include "../../support/doubles/fast_api.hpp"
#include "../../support/doubles/locked.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Api;
using registry::Health;
using registry::Provenance;
using testing::Contains;
using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(ProbeGeneral, FastApi) {
  Running<FastApiServer> server;
  EXPECT_EQ(routes(examine(server.sockets.url())), "yes yes no no");
  EXPECT_THAT(server.sockets.lines(), Each(StartsWith("GET ")));
  expect_no_harm(server);
}

TEST(ProbeGeneral, FastApiWithoutOpenApi) {
  Running<FastApiServer> server;
  server.server->has_openapi = false;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "");
  EXPECT_EQ(routes(findings), "yes yes no no");
  expect_no_harm(server);
}

TEST(ProbeGeneral, OpenApiOfSomethingElseProvesNothing) {
  Running<FastApiServer> server;
  server.server->offered.clear();
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.routes[Api::responses].how, Provenance::probed);
  EXPECT_EQ(routes(findings), "no no no no");
}

TEST(ProbeGeneral, Axum) {
  Running<AxumServer> server;
  EXPECT_EQ(routes(examine(server.sockets.url())), "yes yes yes no");
  expect_no_harm(server);
}

// What is found must not hang on what stands at the root: a page for everything, as of a user interface.
TEST(ProbeGeneral, WhereTheRootAnswersToEverything) {
  AxumServer server;
  const auto with_pages = [&](int status) {
    return [&server, status](const Asked& asked) {
      return asked.path.starts_with("/v1/") ? server.answer(asked) : Reply{status, "<html>welcome</html>", {}};
    };
  };
  for (const int status : {200, 400, 401, 405}) {
    ServerDouble sockets(with_pages(status));
    const auto findings = examine(sockets.url());
    EXPECT_EQ(offered(findings), "chat_completions completions responses") << status;
    const bool tells = status == 200 || status == 405;
    EXPECT_EQ(open(findings), tells ? "" : "tokenize detokenize") << status;
  }
}

TEST(ProbeGeneral, WhatStandsBelowARouteIsAskedForWithTheRouteOnly) {
  Running<AxumServer> server;
  examine(server.sockets.url());
  const auto with = server.sockets.lines();
  EXPECT_THAT(with, Contains("POST /v1/responses/compact"));
  EXPECT_THAT(with, Not(Contains("GET /v1/responses/compact"))) << "could be the response of that name";
  EXPECT_THAT(with, Not(Contains(EndsWith("/messages/count_tokens")))) << "there are no messages";
  Running<AxumServer> lacking;
  lacking.server->offered.erase("/v1/responses");
  const auto findings = examine(lacking.sockets.url());
  EXPECT_THAT(lacking.sockets.lines(), Not(Contains(HasSubstr("/v1/responses/"))));
  EXPECT_EQ(findings.report.routes[Api::responses_compact].evidence, "GET /v1/responses: 404");
}

TEST(ProbeGeneral, GetIsGivenUpWhereItTellsNothing) {
  AxumServer server;
  server.owner = "somebody";
  ServerDouble sockets([&](const Asked& asked) {
    return asked.method == "GET" && asked.path != "/v1/models" ? Reply{404, "", {}} : server.answer(asked);
  });
  const auto findings = examine(sockets.url());
  EXPECT_EQ(offered(findings), "chat_completions completions responses");
  const auto lines = sockets.lines();
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return line.starts_with("GET /v1/"); }), 8)
      << "the models, the baseline, four, and two handshakes";
}

TEST(ProbeGeneral, WhereEveryPathWantsAKey) {
  Running<LockedServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.health, Health::auth);
  EXPECT_EQ(findings.report.server_type, "");
  EXPECT_EQ(routes(findings), "unknown unknown unknown unknown");
  EXPECT_EQ(findings.sent.size(), 1u);
}

}  // namespace
}  // namespace pointsman::probe
