#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/behind_gateway.hpp"
#include "support/wire.hpp"

// Errors of our own on Anthropic's routes take the shape that its SDK understands, and its endpoints get their key
// where they look for it.
namespace pointsman::test {
namespace {

constexpr const char* path = "/v1/messages";
constexpr const char* route = "POST /v1/messages";
constexpr const char* body = R"({"model":"m","max_tokens":1,"messages":[]})";

class AnthropicCases : public BehindGateway {
 protected:
  Response send(const std::string& fields, const std::string& content = body) const {
    RawClient client(port());
    client.send(post(content, fields, path));
    return client.read_response();
  }

  static void expect_error(const Response& response, int status, const std::string& type) {
    EXPECT_EQ(response.status(), status) << response.raw;
    const auto answer = nlohmann::json::parse(response.body, nullptr, false);
    ASSERT_TRUE(answer.is_object()) << response.raw;
    EXPECT_EQ(answer.value("type", ""), "error");
    EXPECT_EQ(answer["error"].value("type", ""), type);
    EXPECT_NE(answer["error"].value("message", ""), "");
    EXPECT_EQ(answer.value("request_id", ""), response.field("request-id"));
    EXPECT_EQ(response.field("request-id"), response.field("x-request-id"));
  }
};

TEST_F(AnthropicCases, ErrorsAreInTheirDialect) {
  start({{route, echo()}},
        {.file = "access: {keys: [{name: k, key: right-key}, {name: l, key: other-key, models: [x]}]}\n",
         .of_endpoint = "apis: {messages: true}"});
  expect_error(send(""), 401, "authentication_error");
  expect_error(send("x-api-key: wrong\r\n"), 401, "authentication_error");
  expect_error(send("Authorization: Bearer wrong\r\n"), 401, "authentication_error");
  expect_error(send("x-api-key: other-key\r\n"), 403, "permission_error");
  const std::string key = "x-api-key: right-key\r\n";
  expect_error(send(key, "{}"), 400, "invalid_request_error");
  expect_error(send(key, R"({"model":"nobody's"})"), 404, "not_found_error");
  expect_error(send(key + "Content-Encoding: compress\r\n"), 415, "invalid_request_error");
  EXPECT_EQ(requests_upstream(), 0u);

  EXPECT_EQ(send(key).body, body);
  EXPECT_EQ(send("Authorization: Bearer right-key\r\n").body, body);
}

TEST_F(AnthropicCases, TheEndpointGetsItsKeyWhereItLooksForIt) {
  start({{route, echo()}}, {.file = "access: {keys: [{name: k, key: right-key}]}\n",
                            .of_endpoint = "apis: {messages: true}, api_key: their-key, api_key_header: X-Api-Key"});
  EXPECT_EQ(send("x-api-key: right-key\r\nanthropic-version: 2023-06-01\r\nanthropic-beta: a,b\r\n").status(), 200);
  EXPECT_EQ(send("Authorization: Bearer right-key\r\nanthropic-version: 2023-06-01\r\n").status(), 200);
  for (const auto& request : upstream_->requests()) {
    EXPECT_EQ(*request.header("x-api-key"), "their-key");
    EXPECT_EQ(request.header("authorization"), nullptr);
    EXPECT_EQ(*request.header("anthropic-version"), "2023-06-01");
    EXPECT_THAT(request.raw, testing::Not(testing::HasSubstr("right")));
  }
  EXPECT_EQ(*upstream_->requests().front().header("anthropic-beta"), "a,b");
  // So did the probes.
  const auto seen = upstream_->server().seen();
  for (const auto& request : seen.kept) EXPECT_EQ(*request.header("x-api-key"), "their-key") << request.raw;
}

}  // namespace
}  // namespace pointsman::test
