#include "pointsman/api/routes.hpp"

#include <gtest/gtest.h>

namespace pointsman::api {
namespace {

TEST(Routes, LeadWhereTheTableSays) {
  struct Case {
    const char* method;
    const char* path;
    const char* label;  // nullptr: nothing is there
    bool allowed;
    const char* parameter = "";
  };
  const std::vector<Case> cases{
      {"POST", "/v1/chat/completions", "/v1/chat/completions", true},
      {"POST", "/v1/chat/completions/", "/v1/chat/completions", true},
      {"GET", "/v1/chat/completions", "/v1/chat/completions", false},
      {"HEAD", "/v1/chat/completions", "/v1/chat/completions", false},
      {"POST", "/v1/completions", "/v1/completions", true},
      {"POST", "/v1/responses", "/v1/responses", true},
      {"GET", "/v1/responses", "/v1/responses", false},
      {"GET", "/v1/realtime", "/v1/realtime (websocket)", true},
      {"POST", "/v1/realtime", "/v1/realtime (websocket)", false},
      {"POST", "/v1/embeddings", "/v1/embeddings", true},
      {"GET", "/v1/models", "/v1/models", true},
      {"HEAD", "/v1/models", "/v1/models", true},
      {"GET", "/v1/models/", "/v1/models", true},
      {"POST", "/v1/models", "/v1/models", false},
      {"GET", "/v1/models/demo", "/v1/models/{id}", true, "demo"},
      {"GET", "/v1/models/org/m", "/v1/models/{id}", true, "org/m"},
      {"GET", "/v1/models/org%2Fm", "/v1/models/{id}", true, "org/m"},
      {"GET", "/v1/models/org%252Fm", "/v1/models/{id}", true, "org%2Fm"},
      {"GET", "/v1/models/llama3.2:3b", "/v1/models/{id}", true, "llama3.2:3b"},
      {"GET", "/v1/models/%2e%2e/x", "/v1/models/{id}", true, "../x"},
      {"DELETE", "/v1/models/demo", "/v1/models/{id}", false, "demo"},
      {"GET", "/healthz", "/healthz", true},
      {"GET", "/", nullptr, false},
      {"GET", "/v1", nullptr, false},
      {"POST", "/v1/unknown", nullptr, false},
      {"POST", "/chat/completions", nullptr, false},
      {"POST", "/v1/chat/completions/x", nullptr, false},
      {"GET", "/v1/modelsx", nullptr, false},
  };
  for (const auto& each : cases) {
    const auto found = match(each.method, each.path);
    EXPECT_EQ(found.route != nullptr, each.label != nullptr) << each.path;
    if (found.route == nullptr || each.label == nullptr) continue;
    EXPECT_EQ(found.route->label, each.label) << each.path;
    EXPECT_EQ(found.method_allowed, each.allowed) << each.method << " " << each.path;
    EXPECT_EQ(found.parameter, each.parameter) << each.path;
  }
}

TEST(PercentDecoding, HappensOnceAndLeavesTheRest) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", ""},     {"a%20b", "a b"}, {"%2f%2F", "//"}, {"%", "%"},
      {"%2", "%2"}, {"%zz", "%zz"},   {"%2%41", "%2A"}, {"%2541", "%41"},
  };
  for (const auto& [text, decoded] : cases) EXPECT_EQ(percent_decoded(text), decoded) << text;
}

}  // namespace
}  // namespace pointsman::api
