#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>

#include "support/eventually.hpp"
#include "support/limited_keys.hpp"
#include "support/wire.hpp"

// What a key may have at once: a place that each of its requests takes, and gives back however it ends.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::HasSubstr;

// A request of `team` is let in again, however the one before ended.
class Places : public LimitedKeys {
 protected:
  void begin(Script script, const std::string& of_endpoint = "", const std::string& file = "") {
    start({{chat,
            [this, script = std::move(script)](Conversation& conversation) -> awaitable<void> {
              if (!plain_) {
                co_await script(conversation);
              } else {
                co_await json(200, "{}")(conversation);
              }
            }}},
          {.file = file + keys("concurrent: 1"), .of_endpoint = of_endpoint});
  }
  // Whole at once, from then on.
  bool lets_in_again() {
    plain_ = true;
    return eventually([&] { return post().status() == 200; });
  }
  static std::string request(const std::string& content = body) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer team-key\r\n"
           "Content-Type: application/json\r\nContent-Length: " +
           std::to_string(content.size()) + "\r\n\r\n" + content;
  }

  std::atomic<bool> plain_{false};
};

Script hangs(const std::string& sent) {
  return [sent](Conversation& conversation) -> awaitable<void> {
    if (!sent.empty()) co_await conversation.send(sent);
    co_await conversation.until_client_leaves();
  };
}

const std::string stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(Places, AreTakenForAsLongAsAnAnswerStreams) {
  begin(hangs(stream_head + chunk("data: {}\n\n")));
  RawClient client(port());
  client.send(request());
  EXPECT_THAT(client.read_some(), HasSubstr("200 OK"));
  const auto denied = post();
  EXPECT_TRUE(is_limited(denied));
  EXPECT_EQ(denied.field("Retry-After"), "1");
  EXPECT_THAT(message_of(denied), HasSubstr("1 requests at once"));
  EXPECT_TRUE(gateway_->shows("pointsman_limited_total{limit=\"concurrent\"} 1"));
  EXPECT_EQ(post("{").status(), 400);  // is not asked
  client.close();
  EXPECT_TRUE(lets_in_again());
}

TEST_F(Places, AreGivenBackWhenTheClientLeavesInAnyPhase) {
  for (const auto& sent :
       {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-"), stream_head, stream_head + chunk("data: {}\n\n")}) {
    for (const bool by_reset : {false, true}) {
      SCOPED_TRACE(sent);
      plain_ = false;
      begin(hangs(sent));
      RawClient client(port());
      client.send(request());
      ASSERT_TRUE(eventually([&] { return requests_upstream() == 1; }));
      EXPECT_TRUE(is_limited(post()));
      by_reset ? client.reset() : client.close();
      EXPECT_TRUE(lets_in_again());
    }
  }
}

TEST_F(Places, AreGivenBackWhenTheEndpointFails) {
  const auto cut = [](const std::string& sent) -> Script {
    return [sent](Conversation& conversation) -> awaitable<void> {
      if (!sent.empty()) co_await conversation.send(sent);
      conversation.reset();
    };
  };
  const Script table[] = {cut(""),
                          cut("HTTP/1.1 200 OK\r\nContent-"),
                          cut(stream_head),
                          cut(stream_head + chunk("data: {}\n\n")),
                          cut("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
                          bytes("nonsense\r\n\r\n"),
                          json(400, "{}"),
                          json(500, "{}"),
                          json(404, "{}"),
                          json(200, "{}")};
  for (std::size_t i = 0; i < std::size(table); ++i) {
    SCOPED_TRACE(i);
    plain_ = false;
    begin(table[i]);
    RawClient client(port());
    client.send(request());
    client.read_some();
    EXPECT_TRUE(lets_in_again());
  }
}

TEST_F(Places, AreGivenBackWhenTimeIsOver) {
  for (const auto& sent : {std::string(), stream_head + chunk("data: {}\n\n")}) {
    plain_ = false;
    begin(hangs(sent), "timeouts: {first_byte: 200ms, idle: 200ms}");
    RawClient client(port());
    client.send(request());
    EXPECT_THAT(client.read_some(), HasSubstr("HTTP/1.1"));
    EXPECT_TRUE(lets_in_again());
  }
}

TEST_F(Places, AreGivenBackByWhoeverWaitsForOneAtAnEndpoint) {
  begin(hangs(""), "max_concurrent: 1", "queue: {wait: 200ms}\n");
  RawClient other(port());
  std::string others = request();
  others.replace(others.find("team-key"), 8, "other-key");
  other.send(others);
  ASSERT_TRUE(eventually([&] { return requests_upstream() == 1; }));
  EXPECT_EQ(post().status(), 503);  // waited in vain
  {
    RawClient client(port());
    client.send(request());
    client.close();
  }
  other.close();
  EXPECT_TRUE(lets_in_again());
}

TEST_F(Places, AreNotTakenByWhatIsRefused) {
  begin(json(200, "{}"));
  for (const auto* refused : {"{", "{}", R"({"model":"nothing"})"}) EXPECT_GE(post(refused).status(), 400);
  EXPECT_TRUE(lets_in_again());
}

}  // namespace
}  // namespace pointsman::test
