#include "pointsman/http/framing.hpp"

#include <gtest/gtest.h>

#include <string>

// The table of facts/cpp.md: what a parser alone lets through, and what the gate says to it. Each message goes through
// the same two steps as on the wire: parse, then judge.
namespace pointsman::http {
namespace {

constexpr int passes = 200;

// The status that a request's head gets; 200: it passes.
int status_of(const std::string& text, Framing& framing) {
  const Limits limits;
  HeadScan scan;
  const auto state = scan.step(text, limits);
  if (state == HeadScan::State::malformed) return 400;
  if (state == HeadScan::State::too_large) return 431;
  EXPECT_EQ(state, HeadScan::State::complete) << text;
  RequestHead head;
  if (parse(std::string_view(text).substr(0, scan.size()), limits, head)) return 400;
  const auto rejection = judge(head, framing);
  return rejection ? rejection->status : passes;
}

std::string post(const std::string& fields) { return "POST /v1/x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; }

struct Case {
  std::string text;
  int status;
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;
};

TEST(RequestFraming, FollowsTheTable) {
  const std::vector<Case> cases{
      {post(""), passes},
      {post("Content-Length: 5\r\n"), passes, BodyKind::length, 5},
      {post("Transfer-Encoding: chunked\r\n"), passes, BodyKind::chunked},
      {post("Transfer-Encoding: CHUNKED\r\n"), passes, BodyKind::chunked},
      {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n"), 400},
      {post("Transfer-Encoding: identity\r\n"), 400},
      {post("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {post("Transfer-Encoding: chunked, identity\r\n"), 400},
      {post("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {post("Transfer-Encoding: gzip, chunked\r\n"), 400},
      {post("Transfer-Encoding: chunked;q=1\r\n"), 400},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {post("Transfer-Encoding:\r\n"), 400},
      {"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {post("Content-Length: 5\r\nContent-Length: 5\r\n"), passes, BodyKind::length, 5},
      {post("Content-Length: 5, 5\r\n"), passes, BodyKind::length, 5},
      {post("Content-Length: 05\r\n"), passes, BodyKind::length, 5},
      {post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
      {post("Content-Length: 5, 6\r\n"), 400},
      {post("Content-Length: 0x5\r\n"), 400},
      {post("Content-Length: +5\r\n"), 400},
      {post("Content-Length: -5\r\n"), 400},
      {post("Content-Length: \r\n"), 400},
      {post("Content-Length: 5 5\r\n"), 400},
      {post("Content-Length: 99999999999999999999999\r\n"), 400},
      {post("Connection: keep-al=ive\r\n"), 400},
      {post("Connection: x y\r\n"), 400},
      {post("Connection: x, y\r\n"), passes},
      {post("X: a\r\n folded\r\n"), 400},
      {post("X : space before the colon\r\n"), 400},
      {post("X: bare\nY: newline\r\n"), 400},
      {post("X: bare\rreturn\r\n"), 400},
      {post(std::string("X: nul\0\r\n", 9)), 400},
      {"POST / HTTP/1.1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\n\r\n", passes},
      {"GET http://h/v1/models HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET v1/models HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", passes},
      {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
      {"G T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
  };
  for (const auto& each : cases) {
    Framing framing;
    EXPECT_EQ(status_of(each.text, framing), each.status) << each.text;
    if (each.status != passes) continue;
    EXPECT_EQ(framing.kind, each.kind) << each.text;
    EXPECT_EQ(framing.length, each.length) << each.text;
  }
}

TEST(RequestFraming, KeepsConnectionsAsTheVersionSays) {
  const std::vector<std::pair<std::string, bool>> cases{
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const auto& [text, keep_alive] : cases) {
    Framing framing;
    ASSERT_EQ(status_of(text, framing), passes);
    EXPECT_EQ(framing.keep_alive, keep_alive) << text;
  }
}

TEST(ResponseFraming, FollowsTheStatusAndTheFields) {
  struct ResponseCase {
    std::string text;
    bool passes;
    BodyKind kind = BodyKind::none;
    bool head_request = false;
  };
  const std::vector<ResponseCase> cases{
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, BodyKind::length},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true, BodyKind::chunked},
      {"HTTP/1.1 200 OK\r\n\r\n", true, BodyKind::until_close},
      {"HTTP/1.0 200 OK\r\n\r\n", true, BodyKind::until_close},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, BodyKind::none, true},
      {"HTTP/1.1 204 No Content\r\n\r\n", true, BodyKind::none},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", true, BodyKind::none},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", false},
      {"HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n", false},
  };
  const Limits limits;
  for (const auto& each : cases) {
    ResponseHead head;
    Framing framing;
    const bool passed = !parse(each.text, limits, head) && !judge(head, each.head_request, framing);
    EXPECT_EQ(passed, each.passes) << each.text;
    if (each.passes) EXPECT_EQ(framing.kind, each.kind) << each.text;
  }
}

TEST(HopByHop, AreTheKnownOnesAndThoseThatConnectionNames) {
  Fields fields;
  fields.add("Connection", "keep-alive, X-Mine");
  for (const auto* name : {"connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Content-Length",
                           "Upgrade", "Proxy-Connection", "Proxy-Authorization", "x-mine"}) {
    EXPECT_TRUE(is_hop_by_hop({name, "", known_name(name)}, fields)) << name;
  }
  for (const auto* name : {"content-type", "x-request-id", "retry-after", "x-minefield"}) {
    EXPECT_FALSE(is_hop_by_hop({name, "", known_name(name)}, fields)) << name;
  }
}

}  // namespace
}  // namespace pointsman::http
