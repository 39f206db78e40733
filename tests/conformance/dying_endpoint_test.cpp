#include <gmock/gmock.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>

#include "support/behind_gateway.hpp"
#include "support/shared.hpp"
#include "support/wire.hpp"

// An endpoint that dies while it answers (cases 17 and 23): clients are told in the way of their API where that is
// possible, and see a cut connection where it is not; never an end that looks whole.
namespace pointsman::test {
namespace {

using Json = nlohmann::json;

constexpr const char* responses_path = "/v1/responses";
const std::string comment = ": hi\n";
const std::string events_head = "Content-Type: text/event-stream\r\n";

class DyingEndpoint : public BehindGateway {
 protected:
  void start_dying() {
    const Script script = [this](Conversation& conversation) -> boost::asio::awaitable<void> {
      std::string answer = answer_.get();
      co_await conversation.send(std::move(answer));
      wait_until_gateway_has_read();
      by_reset_ ? conversation.reset() : conversation.close();
    };
    start({{chat_route, script}, {"POST /v1/responses", script}, {"POST /v1/completions", script}},
          {.upstream = {.keep_requests = false}});
  }

  // What a client gets of an answer that begins so, and then its endpoint dies.
  Response dying_after(const std::string& answer, std::string_view path = chat_path) {
    answer_.set(answer);
    RawClient client(port());
    client.send(post(R"({"model":"m","stream":true})", "", path));
    return client.read_response();
  }

  static std::string chunked(const std::string& fields, const std::string& content) {
    const std::string head = "HTTP/1.1 200 OK\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n";
    return content.empty() ? head : head + chunk(content);
  }

  // A comment belongs to no event, so its line may be followed by one.
  static bool is_boundary(std::string_view stream) {
    return stream.empty() || stream.ends_with("\n\n") || stream == comment;
  }

  // Every place where a stream can break off, by both ways to die; `check_event` is given what came instead of the
  // rest.
  template <class Check>
  void sweep(const std::string& stream, std::string_view path, const Check& check_event) {
    start_dying();
    for (const bool by_reset : {false, true}) {
      by_reset_ = by_reset;
      for (std::size_t size = 0; size <= stream.size(); ++size) {
        SCOPED_TRACE(std::to_string(size) + (by_reset ? " by reset" : " by closing"));
        const std::string begun = stream.substr(0, size);
        const auto response = dying_after(chunked(events_head, begun), path);
        ASSERT_EQ(response.status(), 200);
        ASSERT_TRUE(response.body.starts_with(begun)) << response.body;
        const std::string rest = response.body.substr(begun.size());
        if (is_boundary(begun)) {
          ASSERT_NO_FATAL_FAILURE(check_event(begun, rest));
        } else {
          ASSERT_EQ(rest, "");
          ASSERT_FALSE(response.complete);
        }
      }
    }
  }

  Shared<std::string> answer_;
  std::atomic<bool> by_reset_ = false;
};

// The data of the only event in this text; not an object if there is anything else.
Json data_of_event(std::string_view text, std::string_view begin) {
  if (!text.starts_with(begin) || !text.ends_with("\n\n")) return {};
  text.remove_prefix(begin.size());
  text.remove_suffix(2);
  if (text.find('\n') != std::string_view::npos) return {};
  return Json::parse(text, nullptr, false);
}

void expect_error_object(const Json& error) {
  ASSERT_TRUE(error.is_object()) << error;
  EXPECT_EQ(error.size(), 4u);
  EXPECT_EQ(error.value("type", ""), "server_error");
  EXPECT_EQ(error.value("code", ""), "upstream_error");
  EXPECT_NE(error.value("message", ""), "");
  EXPECT_TRUE(error.contains("param") && error["param"].is_null());
}

TEST_F(DyingEndpoint, Case23_AChatIsToldByAnErrorBetweenEvents) {
  const std::string stream = comment + "\ndata: {\"a\":\"\xc3\xbc\"}\n\nid: 1\ndata: {\"b\":\"[DONE]\"}\n\n";
  sweep(stream, chat_path, [](const std::string&, const std::string& rest) {
    const auto data = data_of_event(rest, "data: ");
    ASSERT_TRUE(data.is_object()) << rest;
    EXPECT_EQ(data.size(), 1u);
    expect_error_object(data.value("error", Json()));
  });
}

TEST_F(DyingEndpoint, Case23_ACompletionIsToldAsAChatIs) {
  sweep("data: {\"choices\":[]}\n\n", "/v1/completions", [](const std::string&, const std::string& rest) {
    const auto data = data_of_event(rest, "data: ");
    ASSERT_TRUE(data.is_object()) << rest;
    expect_error_object(data.value("error", Json()));
  });
}

TEST_F(DyingEndpoint, Case23_AResponseIsToldByAnErrorWithTheNextNumber) {
  const std::string stream =
      "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":3}\n\n"
      "event: response.output_text.delta\ndata: {\"sequence_number\":4,\"delta\":\"\\\"sequence_number\\\":9\"}\n\n";
  sweep(stream, responses_path, [](const std::string& begun, const std::string& rest) {
    const auto data = data_of_event(rest, "event: error\ndata: ");
    ASSERT_TRUE(data.is_object()) << rest;
    EXPECT_EQ(data.value("type", ""), "error");
    if (!begun.empty()) EXPECT_EQ(data.value("sequence_number", 0), begun.find("delta") == std::string::npos ? 4 : 5);
    expect_error_object(data.value("error", Json()));
    // The documented form is flat; only one of the SDKs raises on that.
    EXPECT_EQ(data.value("code", ""), "upstream_error");
    EXPECT_NE(data.value("message", ""), "");
    EXPECT_TRUE(data.contains("param") && data["param"].is_null());
  });
}

// Its end is where the connection's is, so only the last event tells a whole stream from one that was cut short.
TEST_F(DyingEndpoint, Case27_AStreamThatEndsByClosingWithoutItsLastEventIsNotWhole) {
  start_dying();
  const auto told = dying_after("HTTP/1.1 200 OK\r\n" + events_head + "\r\ndata: {}\n\n");
  ASSERT_TRUE(told.body.starts_with("data: {}\n\n"));
  expect_error_object(data_of_event(told.body.substr(10), "data: ").value("error", Json()));

  const auto cut = dying_after("HTTP/1.1 200 OK\r\n" + events_head + "\r\ndata: {");
  EXPECT_EQ(cut.body, "data: {");
  EXPECT_FALSE(cut.complete);

  // What is no stream of events has no last one.
  const auto whole = dying_after("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}");
  EXPECT_EQ(whole.body, "{}");
  EXPECT_TRUE(whole.complete) << whole.fault;
}

// The client knows already how it ended, and SDKs have stopped to read; another event would contradict.
TEST_F(DyingEndpoint, Case23_NothingFollowsTheLastEvent) {
  start_dying();
  struct Case {
    const char* path;
    std::string stream;
  };
  for (const auto& [path, stream] : std::vector<Case>{
           {chat_path, "data: {}\n\ndata: [DONE]\n\n"},
           {responses_path, "event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n"},
           {responses_path, "event: response.failed\ndata: {\"type\":\"response.failed\"}\n\n"},
           {responses_path, "event: response.incomplete\ndata: {\"type\":\"response.incomplete\"}\n\n"},
       }) {
    const auto response = dying_after(chunked(events_head, stream), path);
    EXPECT_EQ(response.body, stream);
    EXPECT_FALSE(response.complete);
  }
}

// The end of the connection is the end of such an answer, whether its endpoint was done or not; its last event tells.
TEST_F(DyingEndpoint, Case23_AStreamThatEndsByClosingIsOverOnlyWithItsLastEvent) {
  start_dying();
  const std::string head = "HTTP/1.1 200 OK\r\n" + events_head + "\r\n";
  const std::string whole = "data: {}\n\ndata: [DONE]\n\n";
  EXPECT_EQ(dying_after(head + whole).body, whole);
  EXPECT_THAT(dying_after(head + "data: {}\n\n").body, testing::HasSubstr("upstream_error"));
  EXPECT_FALSE(dying_after(head + "data: {}\n").complete);
}

TEST_F(DyingEndpoint, Case23_WhatCannotBeToldIsCut) {
  start_dying();
  const std::string events = "data: {}\n\n";
  const std::vector<std::string> beginnings{
      chunked("Content-Type: application/json\r\n", R"({"id":)"),
      chunked("Content-Type: application/json\r\n", "{}\n\n"),
      chunked("", events),
      "HTTP/1.1 200 OK\r\n" + events_head + "Content-Length: 100\r\n\r\n" + events,  // no room for another event
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
      chunked(events_head, "data: {}\n"),
      chunked(events_head, "\xef\xbb"),
  };
  for (const bool by_reset : {false, true}) {
    by_reset_ = by_reset;
    for (const auto& beginning : beginnings) {
      SCOPED_TRACE(beginning);
      const auto response = dying_after(beginning);
      EXPECT_EQ(response.status(), 200);
      EXPECT_FALSE(response.complete);
      EXPECT_EQ(response.body.find("error"), std::string::npos) << response.body;
    }
  }
}

TEST_F(DyingEndpoint, Case23_AClientOfHttpOneZeroSeesAResetOrIsTold) {
  start_dying();
  for (const std::string content : {"data: {}\n\n", "data: {"}) {
    answer_.set(chunked(events_head, content));
    RawClient client(port());
    std::string request = post(R"({"model":"m","stream":true})");
    request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
    client.send(request);
    const auto response = client.read_response();
    const bool told = response.body.find("upstream_error") != std::string::npos;
    EXPECT_TRUE(told || !response.complete) << response.raw;
  }
}

TEST_F(DyingEndpoint, Case17_ACompressedStreamIsCutWithoutPlainTextInIt) {
  start_dying();
  // The bytes are opaque; these happen to look like the end of an event.
  const std::string compressed = std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10) + "\x4b\x4c\n\n";
  for (const bool by_reset : {false, true}) {
    by_reset_ = by_reset;
    for (const std::string coding : {"gzip", "br", "zstd", "gzip, identity"}) {
      for (std::size_t size = 0; size <= compressed.size(); ++size) {
        const std::string begun = compressed.substr(0, size);
        const auto response = dying_after(chunked(events_head + "Content-Encoding: " + coding + "\r\n", begun));
        ASSERT_EQ(response.status(), 200);
        ASSERT_EQ(response.field("Content-Encoding"), coding);
        ASSERT_EQ(response.body, begun);
        ASSERT_FALSE(response.complete) << coding << " after " << size;
      }
    }
  }
}

}  // namespace
}  // namespace pointsman::test
