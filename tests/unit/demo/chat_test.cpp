#include "pointsman/demo/chat.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pointsman::demo {
namespace {

const Stamp stamp{"17", 1'700'000'000};

Json request(const char* more = "{}") {
  auto json = Json::parse(
      R"({"model":"demo","messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hello  you there"}]})");
  json.update(Json::parse(more));
  return json;
}

// The data of each event but the last, which must be [DONE].
std::vector<Json> chunks_of(const Answer& answer) {
  std::vector<Json> chunks;
  for (const auto& event : answer.events) {
    EXPECT_TRUE(event.bytes.starts_with("data: ") && event.bytes.ends_with("\n\n")) << event.bytes;
    const auto data = event.bytes.substr(6, event.bytes.size() - 8);
    if (&event == &answer.events.back()) {
      EXPECT_EQ(data, "[DONE]");
    } else {
      chunks.push_back(Json::parse(data));
    }
  }
  return chunks;
}

TEST(DemoChat, TellsTheUsersWordsBack) {
  const auto answer = chat(request(), stamp);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.events.empty());
  const auto completion = Json::parse(answer.body);
  EXPECT_EQ(completion.at("id"), "chatcmpl-17");
  EXPECT_EQ(completion.at("object"), "chat.completion");
  EXPECT_EQ(completion.at("created"), 1'700'000'000);
  EXPECT_EQ(completion.at("model"), "demo");
  ASSERT_EQ(completion.at("choices").size(), 1u);
  const auto& choice = completion.at("choices").at(0);
  EXPECT_EQ(choice.at("message").at("role"), "assistant");
  EXPECT_EQ(choice.at("message").at("content"), "hello  you there");
  EXPECT_EQ(choice.at("finish_reason"), "stop");
  EXPECT_EQ(completion.at("usage").at("prompt_tokens"), 5);
  EXPECT_EQ(completion.at("usage").at("completion_tokens"), 3);
  EXPECT_EQ(completion.at("usage").at("total_tokens"), 8);
}

TEST(DemoChat, StreamsWordByWord) {
  const auto answer = chat(request(R"({"stream":true})"), stamp);
  EXPECT_EQ(answer.body, "");
  std::vector<Json> deltas;
  for (const auto& chunk : chunks_of(answer)) {
    EXPECT_EQ(chunk.at("id"), "chatcmpl-17");
    EXPECT_EQ(chunk.at("object"), "chat.completion.chunk");
    EXPECT_FALSE(chunk.contains("usage"));
    deltas.push_back(chunk.at("choices").at(0).at("delta"));
  }
  const std::vector<Json> expected{{{"role", "assistant"}, {"content", ""}},
                                   {{"content", "hello"}},
                                   {{"content", "  you"}},
                                   {{"content", " there"}},
                                   Json::object()};
  EXPECT_EQ(deltas, expected);
  EXPECT_EQ(chunks_of(answer).back().at("choices").at(0).at("finish_reason"), "stop");
}

TEST(DemoChat, TakesItsTimeBeforeWordsOnly) {
  std::vector<bool> pauses;
  for (const auto& event : chat(request(R"({"stream":true})"), stamp).events) pauses.push_back(event.is_word);
  EXPECT_EQ(pauses, (std::vector<bool>{false, true, true, true, false, false}));
}

TEST(DemoChat, AddsAChunkWithTheUsageWhenAsked) {
  const auto chunks = chunks_of(chat(request(R"({"stream":true,"stream_options":{"include_usage":true}})"), stamp));
  ASSERT_EQ(chunks.size(), 6u);
  for (std::size_t i = 0; i + 1 < chunks.size(); ++i) EXPECT_TRUE(chunks[i].at("usage").is_null());
  EXPECT_EQ(chunks.back().at("choices"), Json::array());
  EXPECT_EQ(chunks.back().at("usage").at("total_tokens"), 8);
}

TEST(DemoCompletion, TellsThePromptBack) {
  auto request = Json::parse(R"({"model":"demo","prompt":"say it"})");
  const auto whole = Json::parse(completion(request, stamp).body);
  EXPECT_EQ(whole.at("object"), "text_completion");
  EXPECT_EQ(whole.at("choices").at(0).at("text"), "say it");
  EXPECT_EQ(whole.at("usage").at("total_tokens"), 4);

  request["stream"] = true;
  std::string text;
  for (const auto& chunk : chunks_of(completion(request, stamp))) {
    text += chunk.at("choices").at(0).at("text").get<std::string>();
  }
  EXPECT_EQ(text, "say it");
}

}  // namespace
}  // namespace pointsman::demo
