#include <gmock/gmock.h>

#include <string>

#include "support/behind_gateway.hpp"
#include "support/eventually.hpp"
#include "support/own_answer.hpp"
#include "support/receive_queue.hpp"
#include "support/wire.hpp"

// The tricky cases of facts/openai-api.md that lie in a request and how it is sent.
namespace pointsman::test {
namespace {

using testing::IsEmpty;

constexpr const char* body = R"({"model":"m","messages":[{"role":"user","content":"grüße 😀"}]})";

class RequestCases : public BehindGateway {};

TEST_F(RequestCases, Case01_AModelSplitAcrossChunksIsRouted) {
  start({{chat_route, echo()}}, {.upstream = {.keep_requests = false}});
  RawClient client(port());
  for (const auto& request : {post(body), post_in_chunks(body, 11), post_in_chunks(body, 1)}) {
    for (std::size_t split = 1; split < request.size(); ++split) {
      client.send_split(request, {split});
      const auto response = client.read_response();
      ASSERT_EQ(response.status(), 200) << request << " at " << split;
      ASSERT_EQ(response.body, body) << request << " at " << split;
    }
  }
}

TEST_F(RequestCases, Case02_TwoLengthsAreRefusedAndTheConnectionEnds) {
  start({{chat_route, echo()}});
  for (const std::string fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 6\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 6\r\n"}) {
    RawClient client(port());
    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n0\r\n\r\n" + get("/healthz"));
    EXPECT_TRUE(is_own_error(client.read_response(), 400)) << fields;
    EXPECT_TRUE(client.at_end()) << fields;
  }
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(RequestCases, Case03_ContinueComesBeforeTheBodyAndTheAnswerAfterIt) {
  start({{chat_route, echo()}});
  RawClient client(port());
  for (const auto& request :
       {post(body, "Expect: 100-continue\r\n"), post_in_chunks(body, 10, "expect: 100-Continue\r\n")}) {
    const auto end_of_head = request.find("\r\n\r\n") + 4;
    client.send(request.substr(0, end_of_head));
    EXPECT_EQ(client.read_some(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(request.substr(end_of_head));
    const auto response = client.read_response();
    EXPECT_EQ(response.status(), 200);
    EXPECT_THAT(response.interim, IsEmpty());
    EXPECT_EQ(response.body, body);
  }
  for (const auto& request : upstream_->requests()) EXPECT_EQ(request.header("Expect"), nullptr);
}

TEST_F(RequestCases, Case03_WhatIsRefusedAnywayIsNotInvited) {
  start({{chat_route, echo()}},
        {.file = "access: {keys: [{name: k, key: right-key}]}\nlimits: {request_body: 1KiB}\n"});
  const auto refusal_of = [&](const std::string& key, const std::string& length) {
    RawClient client(port());
    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nx-api-key: " + key +
                "\r\nContent-Length: " + length + "\r\n\r\n");
    return client.read_response();
  };
  const auto bad_key = refusal_of("wrong", "100");
  EXPECT_TRUE(is_own_error(bad_key, 401, "invalid_api_key"));
  EXPECT_THAT(bad_key.interim, IsEmpty());
  const auto too_large = refusal_of("right-key", "1025");
  EXPECT_TRUE(is_own_error(too_large, 413, "request_too_large"));
  EXPECT_THAT(too_large.interim, IsEmpty());
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(RequestCases, Case19_WhatIsLeftOfARefusedBodyIsNeverServed) {
  start({{chat_route, echo()}},
        {.file = "limits: {request_body: 1KiB}\naccess: {keys: [{name: k, key: right-key}]}\n"});
  const std::string hidden = get("/healthz") + post(body, "x-api-key: right-key\r\n");
  struct Case {
    std::string head;
    std::string body;
    int status;
  };
  std::string much;
  while (much.size() < 20'000) much += hidden;
  const std::string length = "Content-Length: " + std::to_string(much.size()) + "\r\n\r\n";
  for (const auto& [head, content, status] : std::vector<Case>{
           {"POST /nowhere HTTP/1.1\r\nHost: x\r\nx-api-key: right-key\r\n" + length, much, 404},
           {"GET /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: right-key\r\n" + length, much, 405},
           {"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + length, much, 401},
           {"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: right-key\r\n" + length, much, 413},
           {"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: right-key\r\n"
            "Transfer-Encoding: chunked\r\n\r\n4e20\r\n",
            much, 413},
           {"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: right-key\r\n"
            "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
            hidden, 400},
           {"GET /v1/models HTTP/1.1\r\nHost: x\r\n" + length, much, 401},
       }) {
    SCOPED_TRACE(head);
    for (const bool in_two_pieces : {false, true}) {
      RawClient client(port());
      in_two_pieces ? client.send_split(head + content, {head.size()}) : client.send(head + content);
      const auto response = client.read_response();
      EXPECT_TRUE(is_own_error(response, status,
                               status == 401   ? "invalid_api_key"
                               : status == 413 ? "request_too_large"
                                               : ""));
      EXPECT_EQ(response.field("Connection"), "close");
      EXPECT_TRUE(client.at_end());
    }
  }
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(RequestCases, Case19_ARefusedBodyThatWasReadLeavesTheConnectionUsable) {
  start({{chat_route, echo()}});
  RawClient client(port());
  for (const std::string content : {R"({"model":123})", "{", "hello", R"({"model":"unknown"})"}) {
    client.send(post(content) + post_in_chunks(content, 2) + post(body));
    EXPECT_GE(client.read_response().status(), 400) << content;
    EXPECT_GE(client.read_response().status(), 400) << content;
    EXPECT_EQ(client.read_response().body, body) << content;
  }
  // Routes of our own have no use for a body, but skip it.
  client.send("GET /v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + get("/healthz"));
  EXPECT_TRUE(is_own_answer(client.read_response(), 200));
  EXPECT_TRUE(is_own_answer(client.read_response(), 200));
}

TEST_F(RequestCases, Case20_PipelinedRequestsAreAnsweredInOrder) {
  demo::Gate slow;
  start({{chat_route, [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            const std::string came = conversation.request().body;
            if (came.find("slow") != std::string::npos) co_await conversation.wait(slow);
            std::string answer = ok(came);
            co_await conversation.send(std::move(answer));
          }}});
  std::string requests = post(R"({"model":"m","x":"slow"})") + get("/healthz");
  std::vector<std::string> contents;
  for (std::size_t i = 0; i < 20; ++i) {
    contents.push_back(R"({"model":"m","i":)" + std::to_string(i) + std::string(i * 300, ' ') + "}");
    requests += i % 2 == 0 ? post(contents.back()) : post_in_chunks(contents.back(), 50);
  }
  RawClient client(port());
  client.send(requests);
  // All of them have been read, so a later one could have overtaken the first.
  wait_until_read(client.local_port());
  ASSERT_TRUE(eventually([&] { return requests_upstream() == 1; }));
  slow.open();
  EXPECT_EQ(client.read_response().body, R"({"model":"m","x":"slow"})");
  EXPECT_TRUE(is_own_answer(client.read_response(), 200));
  for (const auto& content : contents) ASSERT_EQ(client.read_response().body, content);
}

}  // namespace
}  // namespace pointsman::test
