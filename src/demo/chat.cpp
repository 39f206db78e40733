#include "pointsman/demo/chat.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "pointsman/demo/words.hpp"

namespace pointsman::demo {

namespace {

// Chat completions and their ancestor differ only in what a choice looks like.
struct Shape {
  std::string id;
  std::string_view object;
  std::string_view object_of_chunk;
  Json first_choice;  // of a stream, before the words; null: none
  Json (*choice)(const std::string& text, const Json& finish_reason);
  Json (*choice_of_chunk)(const std::string& word, const Json& finish_reason);
};

Json chat_choice(const std::string& text, const Json& finish_reason) {
  return {{"index", 0},
          {"message", {{"role", "assistant"}, {"content", text}, {"refusal", nullptr}, {"annotations", Json::array()}}},
          {"logprobs", nullptr},
          {"finish_reason", finish_reason}};
}

Json chat_choice_of_delta(const Json& delta, const Json& finish_reason) {
  return {{"index", 0}, {"delta", delta}, {"logprobs", nullptr}, {"finish_reason", finish_reason}};
}

Json chat_choice_of_chunk(const std::string& word, const Json& finish_reason) {
  return chat_choice_of_delta(word.empty() ? Json::object() : Json{{"content", word}}, finish_reason);
}

Json text_choice(const std::string& text, const Json& finish_reason) {
  return {{"text", text}, {"index", 0}, {"logprobs", nullptr}, {"finish_reason", finish_reason}};
}

Json usage(std::size_t words_in, std::size_t words_out) {
  return {{"prompt_tokens", words_in},
          {"completion_tokens", words_out},
          {"total_tokens", words_in + words_out},
          {"prompt_tokens_details", {{"cached_tokens", 0}}},
          {"completion_tokens_details", {{"reasoning_tokens", 0}}}};
}

Answer stream(const Shape& shape, const std::string& text, const Stamp& stamp, const Json& usage, bool with_usage) {
  Answer answer;
  const auto add = [&](const Json& choices, bool is_word) {
    Json chunk{{"id", shape.id}, {"object", shape.object_of_chunk}, {"created", stamp.created}, {"model", model_id}};
    chunk["choices"] = choices;
    if (with_usage) chunk["usage"] = choices.empty() ? usage : Json();
    answer.events.push_back(data_event(chunk, is_word));
  };
  if (!shape.first_choice.is_null()) add(Json::array({shape.first_choice}), false);
  for (const auto& word : words(text)) add(Json::array({shape.choice_of_chunk(word, nullptr)}), true);
  add(Json::array({shape.choice_of_chunk("", "stop")}), false);
  if (with_usage) add(Json::array(), false);
  answer.events.push_back({"data: [DONE]\n\n"});
  return answer;
}

Answer tell(const Shape& shape, const Json& request, const std::string& text, std::size_t words_in,
            const Stamp& stamp) {
  const Json used = usage(words_in, count_words(text));
  if (request.value("stream", false)) {
    const auto options = request.value("stream_options", Json::object());
    return stream(shape, text, stamp, used, options.is_object() && options.value("include_usage", false));
  }
  return whole({{"id", shape.id},
                {"object", shape.object},
                {"created", stamp.created},
                {"model", model_id},
                {"choices", Json::array({shape.choice(text, "stop")})},
                {"usage", used}});
}

}  // namespace

Answer chat(const Json& request, const Stamp& stamp) {
  const auto messages = request.value("messages", Json());
  const auto text = last_of_user(messages);
  if (!text) return refusal(400, "messages", "", "'messages' must be a list with a message of the role 'user'.");
  const Shape shape{.id = "chatcmpl-" + stamp.id,
                    .object = "chat.completion",
                    .object_of_chunk = "chat.completion.chunk",
                    .first_choice = chat_choice_of_delta({{"role", "assistant"}, {"content", ""}}, nullptr),
                    .choice = chat_choice,
                    .choice_of_chunk = chat_choice_of_chunk};
  return tell(shape, request, *text, count_words_of_messages(messages), stamp);
}

Answer completion(const Json& request, const Stamp& stamp) {
  const auto prompt = request.value("prompt", Json());
  if (!prompt.is_string()) return refusal(400, "prompt", "", "'prompt' must be a string.");
  const auto text = prompt.get<std::string>();
  const Shape shape{.id = "cmpl-" + stamp.id,
                    .object = "text_completion",
                    .object_of_chunk = "text_completion",
                    .first_choice = nullptr,
                    .choice = text_choice,
                    .choice_of_chunk = text_choice};
  return tell(shape, request, text, count_words(text), stamp);
}

}  // namespace pointsman::demo
