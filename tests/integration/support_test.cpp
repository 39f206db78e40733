// The tools of the tests, tried against each other.

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "pointsman/demo/endpoint.hpp"
#include "support/child_process.hpp"
#include "support/fake_upstream.hpp"
#include "support/raw_client.hpp"
#include "support/temp_directory.hpp"

namespace pointsman::test {
namespace {

namespace asio = boost::asio;
constexpr Milliseconds patience{10'000};

TEST(FakeUpstream, AnswersProbesAndRunsScripts) {
  FakeUpstream upstream({"m"}, {{"POST /v1/chat/completions", json(418, R"({"a":1})", {{"X-Own", "yes"}})}});
  const auto models = ask(upstream.port(), "GET", "/v1/models");
  EXPECT_EQ(models.status(), 200);
  EXPECT_NE(models.body.find(R"("id":"m")"), std::string::npos);
  EXPECT_EQ(ask(upstream.port(), "POST", "/v1/chat/completions", "{").status(), 400);
  EXPECT_EQ(*ask(upstream.port(), "GET", "/v1/chat/completions").header("Allow"), "POST");
  EXPECT_EQ(ask(upstream.port(), "POST", "/v1/responses", "{").status(), 404);
  EXPECT_TRUE(upstream.requests().empty());

  const auto real = ask(upstream.port(), "POST", "/v1/chat/completions?beta=true", "{}");
  EXPECT_EQ(real.status(), 418);
  EXPECT_EQ(*real.header("X-Own"), "yes");
  EXPECT_EQ(real.body, R"({"a":1})");
  ASSERT_EQ(upstream.requests().size(), 1u);
  EXPECT_EQ(upstream.requests()[0].target(), "/v1/chat/completions?beta=true");
  EXPECT_TRUE(upstream.server().seen().faults.empty());
}

TEST(FakeUpstream, StreamsEachEventAsAChunk) {
  FakeUpstream upstream({}, {{"POST /s", sse({"data: a\n\n", "data: bc\n\n"})}});
  const auto answer = ask(upstream.port(), "POST", "/s", "{}");
  EXPECT_EQ(answer.body, "data: a\n\ndata: bc\n\n");
  EXPECT_TRUE(answer.raw.ends_with("\r\n\r\n9\r\ndata: a\n\n\r\na\r\ndata: bc\n\n\r\n0\r\n\r\n")) << answer.raw;
}

TEST(FakeUpstream, CanComeBackOnItsPort) {
  std::uint16_t port = 0;
  {
    FakeUpstream first({"m"});
    port = first.port();
    EXPECT_EQ(ask(port, "GET", "/v1/models").status(), 200);
  }
  EXPECT_THROW(RawClient client(port), std::system_error);
  FakeUpstream second({"m"}, {}, {.port = port});
  EXPECT_EQ(ask(port, "GET", "/v1/models").status(), 200);
}

TEST(RawClient, SendsInPieces) {
  FakeUpstream upstream({}, {{"POST /", json(200, "{}")}});
  const std::string request = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab";
  for (std::size_t offset = 0; offset < request.size(); ++offset) {
    RawClient client(upstream.port());
    client.send_split(request, {offset, offset + 1});
    EXPECT_EQ(client.read_response().status(), 200);
  }
  for (const auto& received : upstream.requests()) EXPECT_EQ(received.raw, request);
  EXPECT_EQ(upstream.requests().size(), request.size());
}

TEST(RawClient, TellsWholeAnswersFromBrokenOnes) {
  struct Case {
    std::string raw;
    bool complete;
    std::string body;
  };
  for (const auto& [raw, complete, body] : std::vector<Case>{
           {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", true, "ab"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false, "ab"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", false, "ab"},
           {"HTTP/1.1 200 OK\r\n\r\nab", true, "ab"},
           {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, ""},
       }) {
    FakeUpstream upstream({}, {{"POST /", [raw](Conversation& conversation) -> asio::awaitable<void> {
                                  co_await conversation.send(raw);
                                  conversation.close();
                                }}});
    const auto answer = ask(upstream.port(), "POST", "/");
    EXPECT_EQ(answer.complete, complete) << raw;
    EXPECT_EQ(answer.fault.empty(), complete) << raw;
    EXPECT_EQ(answer.status(), 200) << raw;
    EXPECT_EQ(answer.body, body) << raw;
    EXPECT_EQ(answer.interim.size(), raw.find("100") == std::string::npos ? 0u : 1u);
  }
}

TEST(RawClient, SeesAReset) {
  FakeUpstream upstream({}, {{"POST /", [](Conversation& conversation) -> asio::awaitable<void> {
                                conversation.reset();
                                co_return;
                              }}});
  const auto answer = ask(upstream.port(), "POST", "/");
  EXPECT_FALSE(answer.complete);
  EXPECT_EQ(answer.fault, "the connection was reset");
}

TEST(RawClient, WaitsNoLongerThanItsDeadline) {
  demo::Gate gate;
  FakeUpstream upstream({}, {{"POST /", [gate](Conversation& conversation) { return conversation.wait(gate); }}});
  RawClient client(upstream.port(), Milliseconds(50));
  client.send("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THROW(client.read_response(), std::runtime_error);
}

TEST(RawClient, LeavesInEveryWay) {
  using Seen = demo::ScriptedServer::Seen;
  FakeUpstream upstream({},
                        {{"POST /", [](Conversation& conversation) { return conversation.until_client_leaves(); }}});
  const std::vector<void (*)(RawClient&)> ways{[](RawClient& client) { client.close(); },
                                               [](RawClient& client) { client.reset(); },
                                               [](RawClient& client) { client.half_close(); }};
  std::size_t left = 0;
  for (const auto leave : ways) {
    RawClient client(upstream.port());
    client.send("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(upstream.server().wait_for([&](const Seen& seen) { return seen.requests == left + 1; }, patience));
    leave(client);
    ++left;
    EXPECT_TRUE(upstream.server().wait_for([&](const Seen& seen) { return seen.abandoned == left; }, patience));
  }
}

TEST(ChildProcess, KeepsOutputAndExitCode) {
  ChildProcess shell({"/bin/sh", "-c", "echo $GREETING; echo error >&2; exit 3"}, {{"GREETING", "hello"}});
  EXPECT_EQ(shell.wait_for_exit(patience), 3);
  EXPECT_EQ(shell.output(), "hello\nerror\n");
}

// Somebody speaks on when it has ended.
TEST(ChildProcess, HasSaidEverythingWhenItsExitWasWaitedFor) {
  ChildProcess shell({"/bin/sh", "-c", "(while kill -0 $$; do :; done; echo late) 2>/dev/null & exit 3"}, {});
  EXPECT_EQ(shell.wait_for_exit(patience), 3);
  EXPECT_EQ(shell.output(), "late\n");
}

// Its exit code shows nothing, because it is killed.
void kill_one_that_has_said(const std::string& line) {
  ChildProcess shell({"/bin/sh", "-c", "echo before; echo \"$LINE\"; while :; do read line; done"}, {{"LINE", line}});
  EXPECT_TRUE(
      shell.wait_for_output([&](const std::string& output) { return output.ends_with(line + "\n"); }, patience));
}

TEST(ChildProcess, FailsTheTestWhenASanitizerFoundSomething) {
  for (const auto* line :
       {"==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60",
        "==7==ERROR: LeakSanitizer: detected memory leaks", "WARNING: ThreadSanitizer: data race (pid=7)",
        "src/a.cpp:7:3: runtime error: signed integer overflow"}) {
    EXPECT_NONFATAL_FAILURE(kill_one_that_has_said(line), line);
  }
  kill_one_that_has_said(R"({"level":"error","message":"a runtime error is no report"})");
}

TEST(ChildProcess, TakesSignals) {
  ChildProcess shell({"/bin/sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do read line; done"}, {});
  EXPECT_TRUE(shell.wait_for_output([](const std::string& output) { return output == "ready\n"; }, patience));
  EXPECT_THROW(shell.wait_for_exit(Milliseconds(20)), std::runtime_error);
  shell.signal(SIGTERM);
  EXPECT_EQ(shell.wait_for_exit(patience), 7);
}

TEST(TempDirectory, GoesWithItsContent) {
  std::filesystem::path file;
  {
    const TempDirectory directory;
    file = directory.write("name", "content");
    EXPECT_EQ(std::filesystem::file_size(file), 7u);
  }
  EXPECT_FALSE(std::filesystem::exists(file.parent_path()));
}

}  // namespace
}  // namespace pointsman::test
