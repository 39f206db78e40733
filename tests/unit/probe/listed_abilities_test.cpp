#include "pointsman/probe/listed_abilities.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pointsman::probe {
namespace {

using nlohmann::json;

std::string verdicts(const ListedAbilities& listed) {
  std::string text;
  for (const auto& row : registry::api_table) {
    text += (text.empty() ? "" : " ") + std::string(name(listed.apis[row.api]));
  }
  return text;
}

TEST(ListedAbilities, AreReadWhereServersSayThem) {
  struct Case {
    std::string entry;
    std::string verdicts;
    std::string words;
  };
  const Case cases[] = {
      {R"({"supported_apis":["chat_completions","responses"]})", "yes no yes no",
       R"(supported_apis ["chat_completions","responses"])"},
      {R"({"supported_apis":["embeddings","somethings"]})", "no no no yes",
       R"(supported_apis ["embeddings","somethings"])"},
      {R"({"capabilities":{"chat_completion":true,"completion":false,"embeddings":false,"inference":true}})",
       "yes no yes no",
       R"(capabilities {"chat_completion":true,"completion":false,"embeddings":false,"inference":true})"},
      {R"({"capabilities":{"chat_completion":false,"embeddings":true}})", "no no no yes",
       R"(capabilities {"chat_completion":false,"embeddings":true})"},
      {R"({"capabilities":{"chat_completion":true}})", "yes yes yes unknown",
       R"(capabilities {"chat_completion":true})"},
      {R"({"architecture":{"output_modalities":["text"]}})", "yes yes yes no", R"(output_modalities ["text"])"},
      {R"({"architecture":{"output_modalities":["image","text"]}})", "yes yes yes no",
       R"(output_modalities ["image","text"])"},
      {R"({"architecture":{"output_modalities":["image"]}})", "yes yes yes no", R"(output_modalities ["image"])"},
      {R"({"architecture":{"output_modalities":["embeddings"]}})", "no no no yes",
       R"(output_modalities ["embeddings"])"},
      {R"({"type":"chat"})", "yes yes yes no", R"(type "chat")"},
      {R"({"type":"embedding"})", "no no no yes", R"(type "embedding")"},
      {R"({"type":"language"})", "unknown yes unknown no", R"(type "language")"},
      {R"({"type":"image"})", "no no no no", R"(type "image")"},
      {R"({"type":"rerank"})", "no no no no", R"(type "rerank")"},
      {R"({"model_type":"LLM","model_ability":["chat","vision"]})", "yes yes yes no", R"(model_type "llm")"},
      {R"({"model_type":"LLM","model_ability":["generate"]})", "unknown yes unknown no", R"(model_type "llm")"},
      {R"({"model_type":"embedding","dimensions":768})", "no no no yes", R"(model_type "embedding")"},
      {R"({"type":"model","model_type":"embedding"})", "no no no yes", R"(model_type "embedding")"},
  };
  for (const auto& each : cases) {
    const auto listed = listed_abilities(json::parse(each.entry));
    ASSERT_TRUE(listed) << each.entry;
    EXPECT_EQ(verdicts(*listed), each.verdicts) << each.entry;
    EXPECT_EQ(listed->words, each.words);
  }
}

TEST(ListedAbilities, AreNotReadIntoOtherThings) {
  for (const auto* entry :
       {"{}", "7", R"({"supported_apis":[]})", R"({"supported_apis":"all"})", R"({"supported_apis":["somethings"]})",
        R"({"supported_apis":[1]})", R"({"capabilities":["completion"]})", R"({"capabilities":{"vision":true}})",
        R"({"capabilities":{"chat_completion":"true"}})", R"({"architecture":null})", R"({"architecture":"llama"})",
        R"({"architecture":{"output_modalities":[]}})", R"({"architecture":{"output_modalities":"text"}})",
        R"({"type":"model"})", R"({"type":7})", R"({"model_type":"llama"})", R"({"object":"model","id":"chat"})"}) {
    EXPECT_FALSE(listed_abilities(json::parse(entry))) << entry;
  }
}

TEST(ListedAsLoaded, IsWhatTheStatusSays) {
  EXPECT_EQ(listed_as_loaded(json::parse(R"({"status":"loaded"})")), true);
  EXPECT_EQ(listed_as_loaded(json::parse(R"({"status":"unloaded"})")), false);
  for (const auto* entry : {"{}", R"({"status":"reloading"})", R"({"status":true})", R"({"status":{"value":"x"}})"}) {
    EXPECT_FALSE(listed_as_loaded(json::parse(entry))) << entry;
  }
}

}  // namespace
}  // namespace pointsman::probe
