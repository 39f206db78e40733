#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <string_view>

#include "support/behind_gateway.hpp"
#include "support/wire.hpp"

// Which fields pass, in which order and casing, in both directions; and which end at the gateway (case 28).
namespace pointsman::test {
namespace {

using demo::Header;
using testing::ElementsAreArray;

constexpr const char* body = R"({"model":"m"})";

// What connections are made of, and what `Connection` names; in whatever casing.
const std::string hop_by_hop =
    "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nx-hop: 2\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n"
    "Trailer: X-Sum\r\nupgrade: h2c\r\nProxy-Connection: keep-alive\r\nPROXY-AUTHORIZATION: Basic x\r\n"
    "Proxy-Authenticate: Basic\r\nconnection: x-OTHER\r\nX-Other: 3\r\n";

class Headers : public BehindGateway {
 protected:
  Response send(const std::string& request) {
    RawClient client(port());
    client.send(request);
    return client.read_response();
  }

  // The fields that the endpoint was sent, without those that the gateway writes itself.
  std::vector<Header> arrived() const {
    auto fields = upstream_->requests().back().headers;
    std::erase_if(fields, [](const Header& each) { return each.name == "Host" || each.name == "Content-Length"; });
    return fields;
  }
};

TEST_F(Headers, OfRequestsPassInOrderWithCasingAndDuplicates) {
  start({{chat_route, json(200, "{}")}});
  send(post(body,
            "X-Mine: 1\r\nx-mIne: 2\r\nAccept-Encoding: gzip\r\nX-Stainless-Lang: python\r\nX-Empty:\r\n"
            "User-Agent: OpenAI/Python 3.3.1\r\nX-Spaced: \t a  b\tc \t\r\nOpenAI-Organization: o\r\n"
            "anthropic-version: 2023-06-01\r\nx-mine: 3\r\nX-Latin: gr\xfc\xdf\r\nCookie: a=b; c=d\r\n"
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
            "Idempotency-Key: 7\r\nAccept: a, b\r\nAccept: c\r\n"));
  const std::vector<Header> expected{
      {"X-Mine", "1"},
      {"x-mIne", "2"},
      {"Accept-Encoding", "gzip"},
      {"X-Stainless-Lang", "python"},
      {"X-Empty", ""},
      {"User-Agent", "OpenAI/Python 3.3.1"},
      {"X-Spaced", "a  b\tc"},
      {"OpenAI-Organization", "o"},
      {"anthropic-version", "2023-06-01"},
      {"x-mine", "3"},
      {"X-Latin", "gr\xfc\xdf"},
      {"Cookie", "a=b; c=d"},
      {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
      {"Idempotency-Key", "7"},
      {"Accept", "a, b"},
      {"Accept", "c"},
  };
  EXPECT_THAT(arrived(), ElementsAreArray(expected));
}

TEST_F(Headers, OfAnswersPassInOrderWithCasingAndDuplicates) {
  start({{chat_route, bytes("HTTP/1.1 418 I am one\r\nX-First: 1\r\nx-dUp: a\r\nSet-Cookie: a=b; Path=/\r\nx-dUp: b\r\n"
                            "Retry-After: 7\r\nretry-after-ms: 7000\r\nx-ratelimit-remaining-requests: 3\r\n"
                            "x-ratelimit-reset-tokens: 6m0s\r\nopenai-processing-ms: 12\r\nx-request-id: theirs\r\n"
                            "X-Empty:\r\nX-Latin: gr\xfc\xdf\r\nSet-Cookie: c=d\r\nx-should-retry: true\r\n"
                            "Content-Length: 2\r\nServer: uvicorn\r\nX-Last:  1 \r\n\r\n{}")}});
  const auto response = send(post(body));
  EXPECT_EQ(response.start_line, "HTTP/1.1 418 I am one");
  const std::vector<Header> expected{
      {"X-First", "1"},
      {"x-dUp", "a"},
      {"Set-Cookie", "a=b; Path=/"},
      {"x-dUp", "b"},
      {"Retry-After", "7"},
      {"retry-after-ms", "7000"},
      {"x-ratelimit-remaining-requests", "3"},
      {"x-ratelimit-reset-tokens", "6m0s"},
      {"openai-processing-ms", "12"},
      {"x-request-id", "theirs"},
      {"X-Empty", ""},
      {"X-Latin", "gr\xfc\xdf"},
      {"Set-Cookie", "c=d"},
      {"x-should-retry", "true"},
      {"Server", "uvicorn"},
      {"X-Last", "1"},
      {"x-pointsman-endpoint", "e"},
      {"Content-Length", "2"},
  };
  EXPECT_THAT(response.headers, ElementsAreArray(expected));
}

TEST_F(Headers, Case28_OfRequestsThatBelongToTheConnectionStopHere) {
  start({{chat_route, json(200, "{}")}});
  send(post(body, "X-A: 1\r\n" + hop_by_hop + "X-B: 2\r\n"));
  EXPECT_THAT(arrived(), ElementsAreArray(std::vector<Header>{{"X-A", "1"}, {"X-B", "2"}}));
}

TEST_F(Headers, Case28_OfAnswersThatBelongToTheConnectionStopHere) {
  start({{chat_route, bytes(ok("{}", "X-A: 1\r\n" + hop_by_hop + "X-B: 2\r\nx-request-id: r\r\n"))}});
  const auto response = send(post(body));
  const std::vector<Header> expected{
      {"X-A", "1"}, {"X-B", "2"}, {"x-request-id", "r"}, {"x-pointsman-endpoint", "e"}, {"Content-Length", "2"}};
  EXPECT_THAT(response.headers, ElementsAreArray(expected));
}

// Whoever could have Host or the length stripped could make two parsers disagree.
TEST_F(Headers, Case28_ConnectionDoesNotNameWhatTheGatewayWrites) {
  start({{chat_route, json(200, "{}", {{"x-request-id", "theirs"}})}}, {.of_endpoint = "api_key: endpoint-key"});
  const auto response =
      send(post(body, "Connection: Host, Content-Length, Authorization, x-request-id\r\nAuthorization: Bearer x\r\n"));
  EXPECT_EQ(response.status(), 200);
  const auto request = upstream_->requests().back();
  EXPECT_EQ(*request.header("Host"), "127.0.0.1:" + std::to_string(upstream_->port()));
  EXPECT_EQ(*request.header("Content-Length"), "13");
  EXPECT_EQ(*request.header("Authorization"), "Bearer endpoint-key");
  EXPECT_EQ(request.body, body);
}

TEST_F(Headers, TheHostTheFramingAndTheCredentialsAreOurs) {
  start({{chat_route, json(200, "{}")}}, {.of_endpoint = "api_key: endpoint-key"});
  for (const auto& request :
       {post(body, "Authorization: Bearer a\r\nx-api-key: b\r\nX-A: 1\r\nExpect: 100-continue\r\n"),
        post_in_chunks(body, 3, "AUTHORIZATION: Bearer a\r\nX-Api-Key: b\r\nX-A: 1\r\n")}) {
    RawClient client(port());
    client.send(request);
    EXPECT_EQ(client.read_response().status(), 200);
    const std::vector<Header> expected{{"Host", "127.0.0.1:" + std::to_string(upstream_->port())},
                                       {"X-A", "1"},
                                       {"Authorization", "Bearer endpoint-key"},
                                       {"Content-Length", "13"}};
    EXPECT_THAT(upstream_->requests().back().headers, ElementsAreArray(expected));
    EXPECT_EQ(upstream_->requests().back().body, body);
  }
}

TEST_F(Headers, QueriesGoUpstreamAsTheyAre) {
  start({{chat_route, echo()}});
  for (const std::string query : {"?beta=true", "?", "?a=%2F&b=%zz&&c", "?a=b?c=/../d", "?q=1;2,3'\"<>|{}^`"}) {
    EXPECT_EQ(send(post(body, "", chat_path + query)).status(), 200) << query;
    EXPECT_EQ(upstream_->requests().back().target(), chat_path + query);
  }
}

TEST_F(Headers, EveryAnswerHasARequestIdAndItsEndpoint) {
  start({{chat_route, json(200, "{}")}});
  RawClient client(port());
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    client.send(post(body));
    const auto response = client.read_response();
    EXPECT_EQ(response.field("x-pointsman-endpoint"), "e");
    ids.push_back(response.field("x-request-id"));
    EXPECT_THAT(ids.back(), testing::StartsWith("req_"));
  }
  EXPECT_NE(ids[0], ids[1]);
  EXPECT_NE(ids[1], ids[2]);
}

TEST_F(Headers, ProxiesInFrontOfUsAreToldNotToBufferEvents) {
  struct Case {
    std::string fields;
    std::string expected;
  };
  const std::vector<Case> table{
      {"Content-Type: text/event-stream\r\n", "no"},
      {"content-type: Text/Event-Stream; charset=utf-8\r\n", "no"},
      {"Content-Type: text/event-stream\r\nX-Accel-Buffering: yes\r\n", "yes"},
      {"Content-Type: text/event-streams\r\n", ""},
      {"Content-Type: application/json\r\n", ""},
      {"", ""},
  };
  std::atomic<std::size_t> row = 0;
  start({{chat_route, [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            std::string answer = ok_in_chunks("data: {}\n\n", 10, table[row].fields);
            co_await conversation.send(std::move(answer));
          }}});
  for (; row < table.size(); ++row) {
    const auto response = send(post(body));
    EXPECT_EQ(response.field("X-Accel-Buffering"), table[row].expected) << table[row].fields;
  }
}

}  // namespace
}  // namespace pointsman::test
