#include <gmock/gmock.h>

#include <atomic>
#include <string>

#include "pointsman/http/limits.hpp"
#include "support/behind_gateway.hpp"
#include "support/own_answer.hpp"
#include "support/wire.hpp"

// The tricky cases of facts/openai-api.md that lie in what an endpoint answers, and when.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::IsEmpty;

constexpr const char* body = R"({"model":"m"})";

class AnswerCases : public BehindGateway {
 protected:
  Response send(const std::string& request) const {
    RawClient client(port());
    client.send(request);
    return client.read_response();
  }
};

TEST_F(AnswerCases, Case04_InterimAnswersStopHere) {
  const std::string answer =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" +
      ok("final");
  std::atomic<std::size_t> split = 0;
  start({{chat_route, [&](Conversation& conversation) { return send_split(conversation, answer, split); }}});
  RawClient client(port());
  for (; split < answer.size(); ++split) {
    client.send(post(body));
    const auto response = client.read_response();
    ASSERT_EQ(response.status(), 200) << split;
    ASSERT_THAT(response.interim, IsEmpty()) << split;
    ASSERT_EQ(response.body, "final") << split;
  }
}

TEST_F(AnswerCases, Case04_InterimAnswersWithoutEndAreNoAnswer) {
  const int most = http::Limits().announcements;
  std::atomic<int> count = most;
  start({{chat_route, [&](Conversation& conversation) -> awaitable<void> {
            std::string answer;
            for (int i = 0; i < count; ++i) answer += "HTTP/1.1 103 Early Hints\r\n\r\n";
            answer += ok("final");
            co_await conversation.send(std::move(answer));
          }}});
  for (const bool too_many : {false, true}) {
    count = most + (too_many ? 1 : 0);
    RawClient client(port());
    client.send(post(body));
    const auto response = client.read_response();
    EXPECT_EQ(response.status(), too_many ? 502 : 200);
    EXPECT_THAT(response.interim, IsEmpty());
  }
}

// Cases 5: far more than the sockets on the way can hold, so that most of the body is still to be sent.
class EarlyAnswers : public AnswerCases {
 protected:
  const std::string large_ = R"({"model":"m","x":")" + std::string(20'000'000, 'x') + "\"}";
  const std::string refusal_ = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!";

  void start_refusing(Script script) {
    start({{chat_route, std::move(script)}}, {.upstream = {.begin_with_head = true, .keep_requests = false}});
  }

  void expect_refusal() {
    RawClient client(port());
    client.send(post(large_));
    const auto response = client.read_response();
    EXPECT_EQ(response.status(), 413) << response.raw;
    EXPECT_EQ(response.body, "no!");
    EXPECT_TRUE(response.complete) << response.fault;
  }
};

TEST_F(EarlyAnswers, Case05_ReachTheClientWhenTheEndpointCloses) {
  start_refusing([&](Conversation& conversation) -> awaitable<void> {
    co_await conversation.send(refusal_);
    conversation.close();
  });
  for (int i = 0; i < 3; ++i) expect_refusal();
}

TEST_F(EarlyAnswers, Case05_ReachTheClientWhenTheEndpointResets) {
  start_refusing([&](Conversation& conversation) -> awaitable<void> {
    co_await conversation.send(refusal_);
    conversation.reset();
  });
  for (int i = 0; i < 3; ++i) expect_refusal();
}

TEST_F(EarlyAnswers, Case05_ReachTheClientWhileTheEndpointReadsNothing) {
  const demo::Gate never;
  start_refusing([&](Conversation& conversation) -> awaitable<void> {
    co_await conversation.send(refusal_);
    co_await conversation.wait(never);
  });
  expect_refusal();
}

TEST_F(EarlyAnswers, Case05_ABodyThatIsReadAfterTheAnswerBeganIsWhole) {
  start_refusing([&](Conversation& conversation) -> awaitable<void> {
    co_await conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("first "));
    co_await conversation.read_body();
    const bool whole = conversation.request().body == large_;
    co_await conversation.send(chunk(whole ? "whole" : "other") + "0\r\n\r\n");
  });
  const auto response = send(post(large_));
  EXPECT_EQ(response.status(), 200) << response.fault;
  EXPECT_EQ(response.body, "first whole") << response.fault;
}

TEST_F(AnswerCases, Case18_TrailersLeaveBothConnectionsUsable) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n"
      "Content-Length: 3\r\n\r\n";
  std::atomic<std::size_t> split = 0;
  start({{chat_route, [&](Conversation& conversation) { return send_split(conversation, answer, split); }}});
  const auto before = upstream_->server().seen().connections;
  RawClient client(port());
  for (; split < answer.size(); ++split) {
    client.send(post(body));
    const auto response = client.read_response();
    ASSERT_EQ(response.status(), 200) << split;
    ASSERT_EQ(response.body, "hello") << split;
    ASSERT_THAT(response.trailers, IsEmpty()) << "nobody said TE: trailers";
  }
  EXPECT_LE(upstream_->server().seen().connections - before, 1u);
}

TEST_F(AnswerCases, Case21_AStaleConnectionIsReplacedOnce) {
  start({{chat_route, [](Conversation& conversation) -> awaitable<void> {
            if (conversation.turn() > 1) {  // it dies the moment it is used again
              conversation.reset();
              co_return;
            }
            std::string answer = ok("ok");
            co_await conversation.send(std::move(answer));
          }}});
  RawClient client(port());
  for (int i = 0; i < 6; ++i) {
    client.send(post(body));
    ASSERT_EQ(client.read_response().status(), 200) << i;
  }
  // The first one, and each later one twice.
  EXPECT_EQ(requests_upstream(), 11u);
}

// What the connection itself does about it; that the request may then be tried once more is failover_test's.
const std::string one_attempt = "routing: {attempts: 1}\n";

TEST_F(AnswerCases, Case21_AReplacedConnectionIsNotReplacedAgain) {
  std::atomic<bool> dies = false;
  start({{chat_route,
          [&](Conversation& conversation) -> awaitable<void> {
            if (dies) {
              conversation.reset();
              co_return;
            }
            std::string answer = ok("ok");
            co_await conversation.send(std::move(answer));
          }}},
        {.file = one_attempt});
  RawClient client(port());
  client.send(post(body));
  ASSERT_EQ(client.read_response().status(), 200);
  dies = true;
  client.send(post(body));
  EXPECT_TRUE(is_own_error(client.read_response(), 502, "upstream_error"));
  EXPECT_EQ(requests_upstream(), 3u);
}

TEST_F(AnswerCases, Case21_NothingIsReplayedOnceAnAnswerBegan) {
  for (const std::string begun : {"H", "HTTP/1.1 200 OK\r\n"}) {
    start({{chat_route,
            [&](Conversation& conversation) -> awaitable<void> {
              const bool again = conversation.turn() > 1;
              std::string answer = again ? begun : ok("ok");
              co_await conversation.send(std::move(answer));
              if (!again) co_return;
              wait_until_gateway_has_read();
              conversation.reset();
            }}},
          {.file = one_attempt});
    RawClient client(port());
    client.send(post(body));
    ASSERT_EQ(client.read_response().status(), 200);
    client.send(post(body));
    EXPECT_TRUE(is_own_error(client.read_response(), 502, "upstream_error")) << begun;
    EXPECT_EQ(requests_upstream(), 2u) << begun;
  }
}

TEST_F(AnswerCases, Case22_AStreamKeepsItsBytesHoweverItComes) {
  const std::string stream =
      ": comment\r\n\r\ndata: gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\r\ndata:\r\n\r\nid: 7\rdata: x\r\revent: y\n\n"
      "data: [DONE]\n\n";
  std::atomic<std::size_t> size = 1;
  start({{chat_route, [&](Conversation& conversation) -> awaitable<void> {
            co_await conversation.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (std::size_t begin = 0; begin < stream.size(); begin += size) {
              wait_until_gateway_has_read();
              co_await conversation.send(chunk(stream.substr(begin, size)));
            }
            co_await conversation.send("0\r\n\r\n");
          }}});
  RawClient client(port());
  for (; size < 12; ++size) {
    client.send(post(body));
    const auto response = client.read_response();
    ASSERT_TRUE(response.complete) << response.fault;
    ASSERT_EQ(response.body, stream) << "in pieces of " << size;
  }
}

TEST_F(AnswerCases, Case27_AnAnswerThatEndsByClosingIsReframed) {
  const std::string content = "data: one\n\ndata: [DONE]\n\n";
  const std::vector<std::string> answers{
      "HTTP/1.1 200 OK\r\n\r\n" + content,
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + content,
      "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + content,
  };
  std::atomic<std::size_t> number = 0;
  std::atomic<std::size_t> split = 0;
  start({{chat_route, [&](Conversation& conversation) -> awaitable<void> {
            co_await send_split(conversation, answers[number], split);
            conversation.close();
          }}});
  RawClient client(port());
  for (number = 0; number < answers.size(); ++number) {
    for (split = 0; split < answers[number].size(); ++split) {
      client.send(post(body));
      const auto response = client.read_response();
      ASSERT_TRUE(response.complete) << number << " at " << split << ": " << response.fault;
      ASSERT_EQ(response.field("Transfer-Encoding"), "chunked");
      ASSERT_EQ(response.body, content) << number << " at " << split;
    }
  }
}

TEST_F(AnswerCases, Case27_AnAnswerThatIsShorterThanItSaidIsNotWhole) {
  const std::string content = "0123456789";
  const std::vector<std::string> whole{ok(content), ok_in_chunks(content, 4)};
  std::atomic<std::size_t> number = 0;
  std::atomic<std::size_t> size = 0;
  start({{chat_route, [&](Conversation& conversation) -> awaitable<void> {
            std::string part = whole[number].substr(0, size);
            co_await conversation.send(std::move(part));
            conversation.close();
          }}});
  for (number = 0; number < whole.size(); ++number) {
    for (size = whole[number].find("\r\n\r\n") + 4; size < whole[number].size(); ++size) {
      const auto response = send(post(body));
      ASSERT_EQ(response.status(), 200);
      ASSERT_FALSE(response.complete) << number << " ends after " << size;
      ASSERT_EQ(response.body, content.substr(0, response.body.size()));
    }
  }
}

TEST_F(AnswerCases, BytesBehindAnAnswerSpoilItsConnection) {
  for (const auto& answer : {ok(""), ok("ok"), ok_in_chunks("ok", 2)}) {
    start({{chat_route, bytes(answer + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")}});
    const auto before = upstream_->server().seen().connections;
    RawClient client(port());
    for (int i = 0; i < 3; ++i) {
      client.send(post(body));
      const auto response = client.read_response();
      ASSERT_EQ(response.status(), 200);
      ASSERT_NE(response.body, "poison");
    }
    EXPECT_EQ(upstream_->server().seen().connections - before, 3u) << answer;
  }
}

TEST_F(AnswerCases, HttpOneZeroClientsGetBodiesThatEndByClosing) {
  start({{chat_route, bytes(ok_in_chunks("ok", 1))}});
  RawClient client(port());
  std::string request = post(body);
  request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
  client.send(request);
  const std::string text = client.read_to_end();
  EXPECT_EQ(text.find("chunked"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\nok")) << text;
}

}  // namespace
}  // namespace pointsman::test
