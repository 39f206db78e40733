#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"

// Bytes in, bytes out: what reaches the endpoint and what comes back, over every split. The numbers are the cases of
// facts/openai-api.md.
namespace pointsman::test {
namespace {

constexpr const char* chat = "POST /v1/chat/completions";
constexpr const char* body = R"({"model":"m","messages":[{"role":"user","content":"grüße 😀"}]})";

std::string post(std::string_view content, const std::string& fields = "") {
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n" + fields +
         "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + std::string(content);
}

std::string chunked(std::string_view content, std::size_t chunk_size) {
  std::string text;
  for (std::size_t begin = 0; begin < content.size(); begin += chunk_size) {
    const auto piece = content.substr(begin, chunk_size);
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    text += size + std::string(piece) + "\r\n";
  }
  return text + "0\r\n\r\n";
}

std::string post_chunked(std::string_view content, std::size_t chunk_size) {
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n" +
         chunked(content, chunk_size);
}

// Answers with the body that came, so that one look at the answer checks both directions.
Script echo() {
  return [](Conversation& conversation) -> boost::asio::awaitable<void> {
    const std::string& came = conversation.request().body;
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(came.size()) + "\r\n\r\n" + came;
    co_await conversation.send(std::move(answer));
  };
}

class PassThrough : public testing::Test {
 protected:
  void start(FakeUpstream::Routes routes, const std::string& more = "") {
    upstream_.emplace(std::vector<std::string>{"m"}, std::move(routes));
    gateway_.emplace("endpoints:\n" + endpoint("e", upstream_->url(), more));
    gateway_->wait_until_ready();
  }

  std::optional<FakeUpstream> upstream_;
  std::optional<GatewayProcess> gateway_;
};

TEST_F(PassThrough, Case1_RequestsAreWholeWhereverTheyAreSplit) {
  start({{chat, echo()}});
  RawClient client(gateway_->port());
  for (const auto& request : {post(body), post_chunked(body, 7), post_chunked(body, 1)}) {
    for (std::size_t split = 1; split < request.size(); ++split) {
      client.send_split(request, {split});
      const auto response = client.read_response();
      ASSERT_EQ(response.status(), 200) << split;
      ASSERT_EQ(response.body, body) << split;
    }
  }
}

TEST_F(PassThrough, BodiesOfEverySizeArriveWhole) {
  start({{chat, echo()}});
  RawClient client(gateway_->port(), Milliseconds(60'000));
  const std::string prefix = R"({"model":"m","x":")";
  for (const std::size_t size : {1u, 4000u, 4096u, 65'536u, 65'537u, 1'000'000u, 20'000'000u}) {
    const std::string content = prefix + std::string(size, 'x') + "\"}";
    client.send(size % 2 == 0 ? post(content) : post_chunked(content, 10'000));
    const auto response = client.read_response();
    ASSERT_EQ(response.status(), 200) << size;
    ASSERT_TRUE(response.body == content) << size;
  }
}

TEST_F(PassThrough, AnswersAreWholeWhereverTheyAreSplit) {
  const std::string content = "data: one\n\ndata: two\n\n";
  const std::vector<std::string> answers{
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(content, 5),
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content,
      "HTTP/1.1 200 OK\r\n\r\n" + content,  // case 27: ends by closing
  };
  std::atomic<std::size_t> number = 0;
  std::atomic<std::size_t> split = 0;
  start({{chat, [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            const bool closes = number == 2;
            std::string first = answers[number].substr(0, split);
            std::string second = answers[number].substr(split);
            co_await conversation.send(std::move(first));
            co_await conversation.send(std::move(second));
            if (closes) conversation.close();
          }}});
  RawClient client(gateway_->port());
  for (number = 0; number < answers.size(); ++number) {
    for (split = 1; split < answers[number].size(); ++split) {
      client.send(post(body));
      const auto response = client.read_response();
      ASSERT_TRUE(response.complete) << number << " at " << split << ": " << response.fault;
      ASSERT_EQ(response.body, content) << number << " at " << split;
    }
  }
}

TEST_F(PassThrough, HeadersPassInOrderWithCasingAndDuplicates) {
  start(
      {{chat, bytes("HTTP/1.1 418 I am one\r\nX-First: 1\r\nx-dUp: a\r\nx-dUp: b\r\nConnection: X-Hop\r\nX-Hop: no\r\n"
                    "Keep-Alive: timeout=5\r\nRetry-After: 7\r\nx-ratelimit-remaining-requests: 3\r\n"
                    "openai-processing-ms: 12\r\nx-request-id: theirs\r\nContent-Length: 2\r\n\r\n{}")}},
      "api_key: endpoint-key");
  RawClient client(gateway_->port());
  client.send(post(body,
                   "X-Mine: 1\r\nx-mIne: 2\r\nAuthorization: Bearer client-key\r\nx-api-key: client-key\r\n"
                   "Connection: X-Gone\r\nX-Gone: yes\r\nTE: trailers\r\nX-Stainless-Lang: python\r\n"
                   "Proxy-Authorization: secret\r\nAccept-Encoding: gzip\r\n"));
  const auto response = client.read_response();

  const std::vector<demo::Header> expected{{"X-First", "1"},
                                           {"x-dUp", "a"},
                                           {"x-dUp", "b"},
                                           {"Retry-After", "7"},
                                           {"x-ratelimit-remaining-requests", "3"},
                                           {"openai-processing-ms", "12"},
                                           {"x-request-id", "theirs"},
                                           {"x-pointsman-endpoint", "e"},
                                           {"Content-Length", "2"}};
  EXPECT_EQ(response.headers, expected);
  EXPECT_EQ(response.start_line, "HTTP/1.1 418 I am one");

  const auto requests = upstream_->requests();
  ASSERT_EQ(requests.size(), 1u);
  const std::vector<demo::Header> sent{{"Host", "127.0.0.1:" + std::to_string(upstream_->port())},
                                       {"X-Mine", "1"},
                                       {"x-mIne", "2"},
                                       {"X-Stainless-Lang", "python"},
                                       {"Accept-Encoding", "gzip"},
                                       {"Authorization", "Bearer endpoint-key"},
                                       {"Content-Length", std::to_string(std::string_view(body).size())}};
  EXPECT_EQ(requests[0].headers, sent);
}

TEST_F(PassThrough, QueriesGoUpstreamAsTheyAre) {
  start({{chat, echo()}, {"POST /v1/chat/completions?beta=true&x=%2F", echo()}});
  RawClient client(gateway_->port());
  std::string request = post(body);
  request.replace(request.find(" HTTP"), 0, "?beta=true&x=%2F");
  client.send(request);
  EXPECT_EQ(client.read_response().status(), 200);
  EXPECT_EQ(upstream_->requests().back().target(), "/v1/chat/completions?beta=true&x=%2F");
}

TEST_F(PassThrough, Case3_ExpectedContinueComesBeforeTheBody) {
  start({{chat, echo()}});
  RawClient client(gateway_->port());
  const std::string request = post(body, "Expect: 100-continue\r\n");
  const auto head = request.find("\r\n\r\n") + 4;
  client.send(request.substr(0, head));
  EXPECT_EQ(client.read_some(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(request.substr(head));
  EXPECT_EQ(client.read_response().body, body);
}

TEST_F(PassThrough, Case4_InterimAnswersOfTheEndpointStopHere) {
  start({{chat, bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")}});
  RawClient client(gateway_->port());
  client.send(post(body));
  const auto response = client.read_response();
  EXPECT_EQ(response.status(), 200);
  EXPECT_TRUE(response.interim.empty());
  EXPECT_EQ(response.body, "ok");
}

TEST_F(PassThrough, Case20_PipelinedRequestsAreAnsweredInOrder) {
  start({{chat, echo()}});
  RawClient client(gateway_->port());
  std::string requests;
  std::vector<std::string> contents;
  for (int i = 0; i < 20; ++i) {
    contents.push_back(R"({"model":"m","i":)" + std::to_string(i) +
                       std::string(static_cast<std::size_t>(i) * 300, ' ') + "}");
    requests += i % 2 == 0 ? post(contents.back()) : post_chunked(contents.back(), 50);
  }
  client.send(requests);
  for (const auto& content : contents) ASSERT_EQ(client.read_response().body, content);
}

TEST_F(PassThrough, Case21_AStaleConnectionIsReplacedOnce) {
  start({{chat, [](Conversation& conversation) -> boost::asio::awaitable<void> {
            if (conversation.turn() == 2) {  // it dies the moment it is used again
              conversation.reset();
              co_return;
            }
            std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            co_await conversation.send(std::move(answer));
          }}});
  RawClient client(gateway_->port());
  for (int i = 0; i < 6; ++i) {
    client.send(post(body));
    ASSERT_EQ(client.read_response().status(), 200) << i;
  }
}

TEST_F(PassThrough, Case22_EventsAreDeliveredAsTheyCome) {
  std::vector<demo::Gate> gates(3);
  start({{chat, [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            std::string head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            co_await conversation.send(std::move(head));
            for (int i = 0; i < 3; ++i) {
              co_await conversation.wait(gates[static_cast<std::size_t>(i)]);
              std::string event = "9\r\ndata: " + std::to_string(i) + "\n\n\r\n";
              co_await conversation.send(std::move(event));
            }
            std::string end = "0\r\n\r\n";
            co_await conversation.send(std::move(end));
          }}});
  RawClient client(gateway_->port());
  client.send(post(body));
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) head += client.read_some();
  EXPECT_NE(head.find("X-Accel-Buffering: no\r\n"), std::string::npos) << head;
  for (int i = 0; i < 3; ++i) {
    gates[static_cast<std::size_t>(i)].open();
    const std::string event = "9\r\ndata: " + std::to_string(i) + "\n\n\r\n";
    std::string came;
    while (came.size() < event.size()) came += client.read_some();
    EXPECT_EQ(i < 2 ? came : came.substr(0, event.size()), event);  // the end may come with the last event
  }
}

TEST_F(PassThrough, Case23_AnAnswerThatIsCutNeverLooksWhole) {
  const std::string event = "data: {}\n\n";
  const std::vector<std::string> beginnings{
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n" + event + "\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + event,
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + event,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n" + event + "broken",
  };
  std::atomic<std::size_t> number = 0;
  std::atomic<bool> reset = false;
  start({{chat, [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            std::string beginning = beginnings[number];
            co_await conversation.send(std::move(beginning));
            reset ? conversation.reset() : conversation.close();
          }}});
  for (number = 0; number < beginnings.size(); ++number) {
    for (const bool by_reset : {false, true}) {
      reset = by_reset;
      RawClient client(gateway_->port());
      client.send(post(body));
      const auto response = client.read_response();
      // A reset may overtake the head, and then the client is told so.
      if (response.status() == 502) continue;
      EXPECT_EQ(response.status(), 200);
      EXPECT_FALSE(response.complete) << number << by_reset;
    }
  }
}

TEST_F(PassThrough, Case24_AClientThatLeavesTakesItsRequestAlong) {
  std::atomic<bool> begin = false;
  std::atomic<std::size_t> arrived = 0;
  start({{chat, [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            ++arrived;
            if (begin) {
              std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
              co_await conversation.send(std::move(head));
            }
            co_await conversation.until_client_leaves();
          }}});
  std::size_t left = 0;
  for (const bool in_mid_stream : {false, true}) {
    for (const bool by_reset : {false, true}) {
      begin = in_mid_stream;
      RawClient client(gateway_->port());
      client.send(post(body));
      ++left;
      ASSERT_TRUE(eventually([&] { return arrived == left; }));
      if (in_mid_stream) {
        ASSERT_NE(client.read_some(), "");
      }
      by_reset ? client.reset() : client.close();
      EXPECT_TRUE(
          upstream_->server().wait_for([&](const auto& seen) { return seen.abandoned >= left; }, Milliseconds(1'000)))
          << "in mid-stream: " << in_mid_stream << ", by reset: " << by_reset;
    }
  }
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_EQ(gateway_->process().output().find("an endpoint failed"), std::string::npos) << "it was the client";
}

TEST_F(PassThrough, ASlowClientIsNoFaultOfItsEndpoint) {
  const std::string content(64 << 20, 'x');
  start({{chat,
          [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            const bool silent = conversation.request().body.find("silent") != std::string::npos;
            std::string text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(content.size()) + "\r\n\r\n";
            text += silent ? "x" : content;
            co_await conversation.send(std::move(text));
            if (silent) co_await conversation.until_client_leaves();
          }}},
        "timeouts: {idle: 300ms}");
  RawClient slow(gateway_->port(), Milliseconds(60'000));
  slow.send(post(body));
  ASSERT_NE(slow.read_some(), "");
  // Once this one is cut for its endpoint's silence, the slow one has waited as long.
  for (int i = 0; i < 2; ++i) {
    RawClient other(gateway_->port());
    other.send(post(R"({"model":"m","x":"silent"})"));
    ASSERT_FALSE(other.read_response().complete);
  }
  std::size_t read = 0;
  for (auto piece = slow.read_some(); !piece.empty(); piece = slow.read_some()) {
    read += piece.size();
    if (read > content.size() - 1'000'000) break;
  }
  EXPECT_GT(read, content.size() - 1'000'000);
}

TEST_F(PassThrough, AClientThatStopsReadingAndLeavesFreesItsPlace) {
  const std::string content(64 << 20, 'x');
  start({{chat,
          [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            const bool large = conversation.request().body.find("large") != std::string::npos;
            const std::string& answer = large ? content : "ok";
            std::string text =
                "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(answer.size()) + "\r\n\r\n" + answer;
            co_await conversation.send(std::move(text));
          }}},
        "max_concurrent: 1");
  RawClient client(gateway_->port());
  client.send(post(R"({"model":"m","x":"large"})"));
  ASSERT_NE(client.read_some(), "");
  client.half_close();
  EXPECT_TRUE(eventually([&] { return ask(gateway_->port(), "POST", "/v1/chat/completions", body).status() == 200; }));
}

TEST_F(PassThrough, BytesBehindAnAnswerSpoilItsConnection) {
  for (const auto* length : {"0\r\n\r\n", "2\r\n\r\nok"}) {
    upstream_.reset();
    gateway_.reset();
    start({{chat, bytes("HTTP/1.1 200 OK\r\nContent-Length: " + std::string(length) + "HTTP/1.1 200 OK\r\n")}});
    const auto before = upstream_->server().seen().connections;
    RawClient client(gateway_->port());
    for (int i = 0; i < 3; ++i) {
      client.send(post(body));
      ASSERT_EQ(client.read_response().status(), 200);
    }
    EXPECT_EQ(upstream_->server().seen().connections - before, 3u) << length;
  }
}

TEST_F(PassThrough, EmptyLinesBeforeARequestAreSkipped) {
  start({{chat, echo()}});
  RawClient client(gateway_->port());
  const std::string request = "\r\n\r\n" + post(body);
  for (std::size_t split = 0; split < 8; ++split) {
    client.send_split(request, {split});
    ASSERT_EQ(client.read_response().body, body) << split;
  }
}

TEST_F(PassThrough, Case5_AnEarlyRefusalReachesTheClient) {
  upstream_.emplace(
      std::vector<std::string>{"m"},
      FakeUpstream::Routes{{chat,
                            [](Conversation& conversation) -> boost::asio::awaitable<void> {
                              std::string refusal =
                                  "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!";
                              co_await conversation.send(std::move(refusal));
                              conversation.close();
                            }}},
      demo::ScriptedServer::Options{.begin_with_head = true});
  gateway_.emplace("endpoints:\n" + endpoint("e", upstream_->url()));
  gateway_->wait_until_ready();
  RawClient client(gateway_->port());
  client.send(post(R"({"model":"m","x":")" + std::string(8'000'000, 'x') + "\"}"));
  const auto response = client.read_response();
  EXPECT_EQ(response.status(), 413);
  EXPECT_EQ(response.body, "no!");
}

TEST_F(PassThrough, HttpOneZeroClientsGetBodiesThatEndByClosing) {
  start({{chat, bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")}});
  RawClient client(gateway_->port());
  std::string request = post(body);
  request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
  client.send(request);
  const std::string text = client.read_to_end();
  EXPECT_EQ(text.find("chunked"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\nok")) << text;
}

TEST_F(PassThrough, ASmuggledRequestIsNeverServed) {
  start({{chat, echo()}});
  const std::string hidden = "GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const auto* framing :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "Content-Length: 1\r\nContent-Length: 2\r\n"}) {
    RawClient client(gateway_->port());
    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + std::string(framing) + "\r\n" + hidden);
    EXPECT_EQ(client.read_response().status(), 400) << framing;
    EXPECT_TRUE(client.at_end()) << framing;
  }
  EXPECT_TRUE(upstream_->requests().empty());
}

}  // namespace
}  // namespace pointsman::test
