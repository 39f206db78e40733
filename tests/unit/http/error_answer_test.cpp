#include "pointsman/http/error_answer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pointsman::http {
namespace {

using namespace std::string_view_literals;
using nlohmann::json;

json null_or(std::string_view text) { return text.empty() ? json(nullptr) : json(text); }

struct Row {
  int status;
  std::string_view type;
  std::string_view code;
  std::string_view param;
};

// The rows of "Errors and retries" in the facts.
constexpr Row rows[] = {
    {400, "invalid_request_error", "", "model"},
    {401, "invalid_request_error", "invalid_api_key", ""},
    {403, "permission_error", "model_not_allowed", "model"},
    {404, "invalid_request_error", "model_not_found", "model"},
    {404, "invalid_request_error", "", ""},
    {405, "invalid_request_error", "", ""},
    {413, "invalid_request_error", "request_too_large", ""},
    {415, "invalid_request_error", "", ""},
    {426, "invalid_request_error", "", ""},
    {429, "rate_limit_error", "rate_limit_exceeded", ""},
    {501, "invalid_request_error", "unsupported_api", "model"},
    {502, "server_error", "upstream_error", ""},
    {503, "server_error", "no_healthy_endpoint", ""},
    {503, "server_error", "overloaded", ""},
    {504, "server_error", "upstream_timeout", ""},
};

TEST(ErrorAnswer, HasAllFourKeysForEveryStatus) {
  for (const Row& row : rows) {
    ErrorAnswer answer;
    answer.status = row.status;
    answer.type = row.type;
    answer.code = row.code;
    answer.param = row.param;
    answer.message = "What happened. What to do.";
    const json expected = {{"error",
                            {{"message", "What happened. What to do."},
                             {"type", row.type},
                             {"param", null_or(row.param)},
                             {"code", null_or(row.code)}}}};
    EXPECT_EQ(json::parse(body(answer, Dialect::openai, "req-1")), expected) << row.status << ' ' << row.code;
  }
}

TEST(ErrorAnswer, ComesInTheOrderThatPeopleKnow) {
  ErrorAnswer answer;
  answer.message = "x";
  EXPECT_EQ(body(answer, Dialect::openai, "req-1"),
            R"({"error":{"message":"x","type":"server_error","param":null,"code":null}})");
}

TEST(ErrorAnswer, StaysJsonWhateverAMessageQuotes) {
  static constexpr std::string_view messages[] = {
      R"(The model "gpt\4" does not exist.)",
      R"(x","code":"forged","y":")",
      "nul\0, bell\a, escape\x1b[2J, lines\r\n"sv,
      "not UTF-8: \xff\xfe \xc3",
      "</script>\xe2\x80\xa8",
      "",
  };
  for (const std::string_view message : messages) {
    ErrorAnswer answer;
    answer.message = message;
    const std::string text = body(answer, Dialect::openai, "req-1");
    for (const char c : text) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << text;
    const json parsed = json::parse(text);
    EXPECT_EQ(parsed.at("error").size(), 4u) << text;
    EXPECT_EQ(parsed.at("error").at("code"), nullptr) << text;
  }
}

TEST(ErrorAnswer, KeepsAMessageAsItIs) {
  ErrorAnswer answer;
  answer.message = "The model \"\xf0\x9f\x9a\x82\" does not exist.\nList the models: GET /v1/models.";
  EXPECT_EQ(json::parse(body(answer, Dialect::openai, "req-1")).at("error").at("message"), answer.message);
}

}  // namespace
}  // namespace pointsman::http
