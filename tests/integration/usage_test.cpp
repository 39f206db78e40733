#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/behind_gateway.hpp"
#include "support/compressed.hpp"
#include "support/raw_client.hpp"
#include "support/wire.hpp"

// What endpoints say that requests took: in the access log and in the metrics.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::HasSubstr;
using testing::Not;

class UsageOfRequests : public BehindGateway {
 protected:
  // An endpoint that answers each API with this.
  void answer(const std::string& route, const std::string& bytes) {
    start({{"POST " + route,
            [bytes](Conversation& conversation) -> awaitable<void> { co_await conversation.send(bytes); }}});
    EXPECT_EQ(ask(port(), "POST", route, R"({"model":"m"})").status(), 200);
  }
};

std::string whole(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string stream(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(body) +
         "0\r\n\r\n";
}

const std::string chat_usage =
    R"("usage":{"prompt_tokens":7,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},)"
    R"("completion_tokens_details":{"reasoning_tokens":3}})";
const std::string logged = R"("input_tokens":7,"output_tokens":5,"cached_tokens":4,"reasoning_tokens":3)";

TEST_F(UsageOfRequests, StandsInTheLogAndInTheMetrics) {
  answer("/v1/chat/completions", whole("{" + chat_usage + "}"));
  EXPECT_TRUE(gateway_->says(logged)) << gateway_->process().output();
  EXPECT_TRUE(gateway_->shows("pointsman_tokens_total{kind=\"input\"} 7"));
  EXPECT_TRUE(gateway_->shows("pointsman_tokens_total{kind=\"output\"} 5"));
  EXPECT_TRUE(gateway_->shows("pointsman_tokens_total{kind=\"reasoning\"} 3"));
}

TEST_F(UsageOfRequests, StandsBesideWhatCameOfThem) {
  answer("/v1/chat/completions", whole("{" + chat_usage + "}"));
  EXPECT_TRUE(
      gateway_->says(R"("api":"chat_completions","model":"m","served_model":"m","endpoint":"e","ended":"complete")"))
      << gateway_->process().output();
  EXPECT_THAT(gateway_->process().output(), HasSubstr(R"("first_byte_us":)"));
  EXPECT_EQ(ask(port(), "POST", "/v1/chat/completions", "{}").status(), 400);
  EXPECT_TRUE(gateway_->says(R"("ended":"refused","origin":"client","cause":"invalid_request_error")"))
      << gateway_->process().output();
}

TEST_F(UsageOfRequests, IsReadFromStreams) {
  answer("/v1/chat/completions",
         stream("data: {\"choices\":[],\"usage\":null}\n\ndata: {" + chat_usage + "}\n\ndata: [DONE]\n\n"));
  EXPECT_TRUE(gateway_->says(logged)) << gateway_->process().output();
}

TEST_F(UsageOfRequests, IsReadFromTheEndOfAResponse) {
  answer("/v1/responses",
         stream("event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":"
                "{\"input_tokens\":7,\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":5,"
                "\"output_tokens_details\":{\"reasoning_tokens\":3}},\"tools\":\"" +
                std::string(100'000, 'x') + "\"}}\n\n"));
  EXPECT_TRUE(gateway_->says(logged)) << gateway_->process().output();
}

TEST_F(UsageOfRequests, IsReadFromCompressedAnswers) {
  answer("/v1/chat/completions", whole(compressed("gzip", "{" + chat_usage + "}"), "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(gateway_->says(logged)) << gateway_->process().output();
}

TEST_F(UsageOfRequests, ThatWasNotToldIsNotNone) {
  answer("/v1/chat/completions", whole(R"({"usage":{"prompt_tokens":0}})"));
  EXPECT_TRUE(gateway_->says(R"("input_tokens":0)")) << gateway_->process().output();
  EXPECT_THAT(gateway_->process().output(), Not(HasSubstr("output_tokens")));
}

// A stream that dies has told what it took until then.
TEST_F(UsageOfRequests, OfAStreamThatDiedIsWhatItToldSoFar) {
  start({{"POST /v1/messages", [](Conversation& conversation) -> awaitable<void> {
            co_await conversation.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
                chunk("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":"
                      "{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"));
            conversation.reset();
          }}});
  ask(port(), "POST", "/v1/messages", R"({"model":"m"})");
  EXPECT_TRUE(gateway_->says(R"("input_tokens":25,"output_tokens":1)")) << gateway_->process().output();
}

}  // namespace
}  // namespace pointsman::test
