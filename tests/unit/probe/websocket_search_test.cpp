#include "pointsman/probe/websocket_search.hpp"

#include "../../support/doubles/fast_api.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Api;
using registry::Provenance;
using registry::Verdict;

// A list with one model, and this answer to whoever comes with a handshake.
Findings examine_one_that_answers(const Reply& reply, std::vector<Asked>& handshakes) {
  ServerDouble sockets([&](const Asked& asked) {
    if (!asked.header("upgrade").empty()) return reply;
    if (asked.path == "/v1/models")
      return Reply::json(200, R"({"object":"list","data":[{"id":"m","object":"model"}]})");
    return Reply::json(404, R"({"detail":"Not Found"})");
  });
  auto findings = examine(sockets.url());
  handshakes = sockets.asked();
  std::erase_if(handshakes, [](const Asked& asked) { return asked.header("upgrade").empty(); });
  return findings;
}

TEST(ProbeWebSocket, IsThereWhereAHandshakeIsAccepted) {
  struct Case {
    Reply reply;
    Verdict verdict;
  };
  const std::vector<Case> cases{
      {{.raw = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        .never_ends = true},
       Verdict::yes},
      {Reply::json(404, "{}"), Verdict::no},
      {Reply::json(405, "{}"), Verdict::no},
      {Reply::json(426, "{}"), Verdict::no},
      {Reply::json(501, "{}"), Verdict::no},
      {Reply::json(400, "{}"), Verdict::unknown},
      {Reply::json(401, "{}"), Verdict::unknown},
      {Reply::json(503, "{}"), Verdict::unknown},
      {Reply::json(200, "{}"), Verdict::unknown},
  };
  for (const auto& each : cases) {
    std::vector<Asked> handshakes;
    const auto findings = examine_one_that_answers(each.reply, handshakes);
    for (const Api api : {Api::responses_websocket, Api::realtime}) {
      const auto& route = findings.report.routes[api];
      EXPECT_EQ(route.verdict, each.verdict) << each.reply.bytes();
      if (each.verdict != Verdict::unknown) EXPECT_EQ(route.how, Provenance::probed);
    }
    ASSERT_EQ(handshakes.size(), 2u);
    EXPECT_EQ(handshakes[0].line(), "GET /v1/responses");
    EXPECT_EQ(handshakes[1].line(), "GET /v1/realtime");
    EXPECT_EQ(handshakes[1].header("sec-websocket-version"), "13");
    EXPECT_EQ(handshakes[1].body, "");
  }
}

TEST(ProbeWebSocket, SaysWhatItRestsOn) {
  std::vector<Asked> handshakes;
  const auto findings = examine_one_that_answers(Reply::json(404, "{}"), handshakes);
  EXPECT_EQ(findings.report.routes[Api::realtime].evidence, "GET /v1/realtime with Upgrade: websocket: 404 {}");
}

}  // namespace
}  // namespace pointsman::probe
