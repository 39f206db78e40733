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
      {"POST", "/v1/chat/completions/x/y", nullptr, false},
      {"POST", "/rerank", "/rerank", true},
      {"POST", "/tokenize", "/tokenize", true},
      {"POST", "/v1/tokenize", nullptr, false},
      {"POST", "/v1/responses/compact", "/v1/responses/compact", true},
      {"GET", "/v1/responses/compact", "/v1/responses/compact", false},
      {"GET", "/v1/responses/resp_1", "/v1/responses/{id}", true, "resp_1"},
      {"DELETE", "/v1/responses/resp%5F1/", "/v1/responses/{id}", true, "resp_1"},
      {"POST", "/v1/responses/resp_1/cancel", "/v1/responses/{id}/cancel", true, "resp_1"},
      {"GET", "/v1/responses/resp_1/other", nullptr, false},
      {"GET", "/v1/responses//input_items", nullptr, false},
      {"GET", "/v1/responses/%2e%2e", nullptr, false},
      {"GET", "/v1/responses/a%2Fb", nullptr, false},
      {"POST", "/v1/conversations", "/v1/conversations", true},
      {"GET", "/v1/conversations/c/items/i", "/v1/conversations/{id}/items/{item}", true, "c"},
      {"GET", "/v1/conversations/c/items/..", nullptr, false},
      {"POST", "/v1/chat/completions/c", "/v1/chat/completions/{id}", true, "c"},
      {"GET", "/v1/chat/completions/c/messages", "/v1/chat/completions/{id}/messages", true, "c"},
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

TEST(Routes, KnowWhichPathWasMeant) {
  const struct {
    std::string path;
    std::string_view expected;
  } cases[] = {
      {"/models", "/v1/models"},
      {"/models/", "/v1/models"},
      {"/models/m", "/v1/models/{id}"},
      {"/chat/completions", "/v1/chat/completions"},
      {"/realtime", "/v1/realtime"},
      {"/responses/resp_1/cancel", "/v1/responses/{id}/cancel"},
      {"/v1/v1/chat/completions", "/v1/chat/completions"},
      {"/v1/chat/completion", "/v1/chat/completions"},
      {"/v1/chat", "/v1/chat/completions"},
      {"/chat/completion", "/v1/chat/completions"},
      {"/V1/Models", "/v1/models"},
      {"/v1//models", "/v1/models"},
      {"/v2/models", "/v1/models"},
      {"/v1/tokenize", "/tokenize"},
      {"/health", "/healthz"},
      {"/", ""},
      {"", ""},
      {"*", ""},
      {"/v1", ""},
      {"/v1/", ""},
      {"/v1/files", ""},
      {"/v1/batches", ""},
      {"/v1/assistants", ""},
      {"/v1/unknown", ""},
      {"/favicon.ico", ""},
      {"/metrics", ""},
      {"/{", ""},
      {"/" + std::string(100'000, 'm'), ""},
  };
  for (const auto& each : cases) EXPECT_EQ(meant_path(each.path), each.expected) << each.path.substr(0, 80);
}

}  // namespace
}  // namespace pointsman::api
