#include "pointsman/probe/listed_abilities.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pointsman::probe {
namespace {

using nlohmann::json;
using registry::Verdict;

std::string named(const ListedAbilities& listed, Verdict verdict) {
  std::string text;
  for (const auto& row : registry::api_table) {
    if (registry::uses_websocket(row)) continue;  // tested on their own
    if (listed.apis[row.api] == verdict) text += (text.empty() ? "" : " ") + std::string(row.name);
  }
  return text;
}

TEST(ListedAbilities, AreReadWhereServersSayThem) {
  // What those who converse, draw and so on can be used with, and of what a model's abilities never say anything.
  const std::string conversing =
      "chat_completions completions responses responses_input_tokens responses_compact messages messages_count_tokens "
      "conversations";
  const std::string drawing = "images_generations images_edits images_variations";
  const std::string hearing = "audio_transcriptions audio_translations";
  const std::string any = "tokenize detokenize";
  const std::string template_unknown =
      "chat_completions responses responses_input_tokens responses_compact tokenize detokenize messages "
      "messages_count_tokens conversations";
  struct Case {
    std::string entry;
    std::string yes;
    std::string unknown;
    std::string words;
  };
  const Case cases[] = {
      {R"({"supported_apis":["chat_completions","tokenize"]})", "chat_completions tokenize", "",
       R"(supported_apis ["chat_completions","tokenize"])"},
      {R"({"supported_apis":["embeddings","somethings"]})", "embeddings", "",
       R"(supported_apis ["embeddings","somethings"])"},
      {R"({"capabilities":{"chat_completion":true,"completion":false,"embeddings":false,"inference":true}})",
       "chat_completions responses responses_input_tokens responses_compact messages messages_count_tokens "
       "conversations",
       "moderations rerank tokenize detokenize audio_speech " + hearing + " " + drawing,
       R"(capabilities {"chat_completion":true,"completion":false,"embeddings":false,"inference":true})"},
      {R"({"capabilities":{"chat_completion":false,"embeddings":true}})", "embeddings",
       "moderations rerank tokenize detokenize audio_speech " + hearing + " " + drawing,
       R"(capabilities {"chat_completion":false,"embeddings":true})"},
      {R"({"capabilities":{"chat_completion":true}})", conversing,
       "embeddings moderations rerank tokenize detokenize audio_speech " + hearing + " " + drawing,
       R"(capabilities {"chat_completion":true})"},
      {R"({"capabilities":{"chat_completion":false,"embeddings":false,"image_generation":false,)"
       R"("speech_to_text":true,"text_to_speech":false}})",
       hearing, "moderations rerank " + any,
       R"(capabilities {"chat_completion":false,"embeddings":false,"image_generation":false,)"
       R"("speech_to_text":true,"text_to_speech":false})"},
      {R"({"capabilities":{"image_generation":true,"text_to_speech":true}})", "audio_speech " + drawing,
       "chat_completions completions responses embeddings responses_input_tokens responses_compact moderations rerank "
       "tokenize detokenize audio_transcriptions audio_translations messages messages_count_tokens conversations",
       R"(capabilities {"image_generation":true,"text_to_speech":true})"},
      {R"({"architecture":{"output_modalities":["text"]}})", conversing, any, R"(output_modalities ["text"])"},
      {R"({"architecture":{"output_modalities":["image","text"]}})", conversing, any,
       R"(output_modalities ["image","text"])"},
      {R"({"architecture":{"output_modalities":["image"]}})", conversing, any, R"(output_modalities ["image"])"},
      {R"({"architecture":{"output_modalities":["embeddings"]}})", "embeddings", any,
       R"(output_modalities ["embeddings"])"},
      {R"({"architecture":{"output_modalities":["rerank"]}})", "rerank", any, R"(output_modalities ["rerank"])"},
      {R"({"type":"chat"})", conversing, any, R"(type "chat")"},
      {R"({"type":"embedding"})", "embeddings", any, R"(type "embedding")"},
      {R"({"type":"language"})", "completions", template_unknown, R"(type "language")"},
      {R"({"type":"image"})", drawing, any, R"(type "image")"},
      {R"({"type":"rerank"})", "rerank", any, R"(type "rerank")"},
      {R"({"type":"transcribe"})", hearing, any, R"(type "transcribe")"},
      {R"({"type":"audio"})", "audio_speech " + hearing, any, R"(type "audio")"},
      {R"({"type":"video"})", "", any, R"(type "video")"},
      {R"({"model_type":"LLM","model_ability":["chat","vision"]})", conversing, any, R"(model_type "llm")"},
      {R"({"model_type":"LLM","model_ability":["generate"]})", "completions", template_unknown, R"(model_type "llm")"},
      {R"({"model_type":"audio","model_ability":["audio2text"]})", hearing, any, R"(model_type "audio")"},
      {R"({"model_type":"audio","model_ability":["text2audio","zero_shot"]})", "audio_speech", any,
       R"(model_type "audio")"},
      {R"({"model_type":"audio","model_ability":null})", "audio_speech " + hearing, any, R"(model_type "audio")"},
      {R"({"model_type":"embedding","dimensions":768})", "embeddings", any, R"(model_type "embedding")"},
      {R"({"type":"model","model_type":"embedding"})", "embeddings", any, R"(model_type "embedding")"},
  };
  for (const auto& each : cases) {
    const auto listed = listed_abilities(json::parse(each.entry));
    ASSERT_TRUE(listed) << each.entry;
    EXPECT_EQ(named(*listed, Verdict::yes), each.yes) << each.entry;
    EXPECT_EQ(named(*listed, Verdict::unknown), each.unknown) << each.entry;
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
