#include "pointsman/demo/answer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pointsman::demo {
namespace {

Answer ask(const std::string& start_line, const std::string& body = "") {
  Request request;
  request.start_line = start_line + " HTTP/1.1";
  request.body = body;
  return answer(request, {"17", 1'700'000'000});
}

Json error_of(const Answer& answer) { return Json::parse(answer.body).at("error"); }

TEST(Answer, RefusesInTheShapeOfOpenAi) {
  struct Case {
    const char* start_line;
    const char* body;
    int status;
    Json param;
    Json code;
  };
  const std::vector<Case> cases{
      {"POST /v1/chat/completions", "{", 400, nullptr, nullptr},
      {"POST /v1/responses", "{", 400, nullptr, nullptr},
      {"POST /v1/embeddings", "[]", 400, nullptr, nullptr},
      {"POST /v1/completions", "{}", 400, "model", nullptr},
      {"POST /v1/chat/completions", R"({"model":7})", 400, nullptr, nullptr},
      {"POST /v1/chat/completions", R"({"model":"other","messages":[]})", 404, "model", "model_not_found"},
      {"POST /v1/chat/completions", R"({"model":"demo"})", 400, "messages", nullptr},
      {"POST /v1/chat/completions", R"({"model":"demo","messages":"x"})", 400, "messages", nullptr},
      {"POST /v1/chat/completions", R"({"model":"demo","messages":[3]})", 400, nullptr, nullptr},
      {"POST /v1/chat/completions", R"({"model":"demo","messages":[{"role":"user","content":"x"}],"stream":"yes"})",
       400, nullptr, nullptr},
      {"POST /v1/completions", R"({"model":"demo"})", 400, "prompt", nullptr},
      {"POST /v1/responses", R"({"model":"demo","input":[]})", 400, "input", nullptr},
      {"POST /v1/embeddings", R"({"model":"demo","input":[]})", 400, "input", nullptr},
      {"POST /v1/embeddings", R"({"model":"demo","input":[{}]})", 400, "input", nullptr},
      {"GET /v1/models/other", "", 404, "model", "model_not_found"},
      {"GET /", "", 404, nullptr, nullptr},
      {"POST /v1/does-not-exist", "{", 404, nullptr, nullptr},
      {"GET /v1/does-not-exist\xff", "", 404, nullptr, nullptr},
  };
  for (const auto& expected : cases) {
    SCOPED_TRACE(std::string(expected.start_line) + " " + expected.body);
    const auto answer = ask(expected.start_line, expected.body);
    EXPECT_EQ(answer.status, expected.status);
    const auto error = error_of(answer);
    EXPECT_EQ(error.size(), 4u);
    EXPECT_NE(error.at("message"), "");
    EXPECT_EQ(error.at("type"), "invalid_request_error");
    EXPECT_EQ(error.at("param"), expected.param);
    EXPECT_EQ(error.at("code"), expected.code);
  }
}

TEST(Answer, SaysWhichMethodARouteTakes) {
  const auto get = ask("GET /v1/responses");
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.allow, "POST");
  EXPECT_EQ(ask("POST /v1/models", "{}").allow, "GET");
  EXPECT_EQ(ask("DELETE /v1/does-not-exist").allow, "");
}

TEST(Answer, ListsItsModel) {
  for (const auto* start_line : {"GET /v1/models", "GET /v1/models?limit=1"}) {
    const auto list = Json::parse(ask(start_line).body);
    EXPECT_EQ(list.at("object"), "list");
    ASSERT_EQ(list.at("data").size(), 1u);
    const auto& model = list.at("data").at(0);
    EXPECT_EQ(model.at("id"), "demo");
    EXPECT_EQ(model.at("object"), "model");
    EXPECT_EQ(model.at("owned_by"), "pointsman");
    EXPECT_TRUE(model.at("created").is_number_integer());
    EXPECT_EQ(Json::parse(ask("GET /v1/models/demo").body), model);
  }
}

}  // namespace
}  // namespace pointsman::demo
