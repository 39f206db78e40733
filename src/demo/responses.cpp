#include "pointsman/demo/responses.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "pointsman/demo/words.hpp"

namespace pointsman::demo {

namespace {

Json text_part(const std::string& text) {
  return {{"type", "output_text"}, {"annotations", Json::array()}, {"logprobs", Json::array()}, {"text", text}};
}

Json message_item(const Stamp& stamp, std::string_view status, const Json& content) {
  return {
      {"id", "msg_" + stamp.id}, {"type", "message"}, {"status", status}, {"role", "assistant"}, {"content", content}};
}

Json usage(std::size_t words_in, std::size_t words_out) {
  return {{"input_tokens", words_in},
          {"input_tokens_details", {{"cached_tokens", 0}}},
          {"output_tokens", words_out},
          {"output_tokens_details", {{"reasoning_tokens", 0}}},
          {"total_tokens", words_in + words_out}};
}

// The object as it stands at the beginning, when `usage` is null, or at the end.
Json response_object(const Json& request, const Stamp& stamp, const Json& output, const Json& usage) {
  const auto given = [&](const char* key, const Json& otherwise) { return request.value(key, otherwise); };
  return {{"id", "resp_" + stamp.id},
          {"object", "response"},
          {"created_at", stamp.created},
          {"status", usage.is_null() ? "in_progress" : "completed"},
          {"error", nullptr},
          {"incomplete_details", nullptr},
          {"instructions", given("instructions", Json())},
          {"max_output_tokens", given("max_output_tokens", Json())},
          {"model", model_id},
          {"output", output},
          {"parallel_tool_calls", given("parallel_tool_calls", true)},
          {"previous_response_id", nullptr},
          {"store", false},
          {"temperature", given("temperature", 1.0)},
          {"tool_choice", given("tool_choice", "auto")},
          {"tools", given("tools", Json::array())},
          {"top_p", given("top_p", 1.0)},
          {"usage", usage},
          {"metadata", given("metadata", Json::object())}};
}

class EventSequence {
 public:
  explicit EventSequence(std::string item_id) : item_id_(std::move(item_id)) {}

  void add_response(std::string_view type, const Json& response) { add(type, {{"response", response}}); }
  void add_item(std::string_view type, const Json& item) { add(type, {{"output_index", 0}, {"item", item}}); }
  // What concerns the one part of the one item.
  void add_part(std::string_view type, const Json& fields, bool is_word = false) {
    Json data{{"item_id", item_id_}, {"output_index", 0}, {"content_index", 0}};
    data.update(fields);
    add(type, data, is_word);
  }
  std::vector<Event> take() { return std::move(events_); }

 private:
  void add(std::string_view type, const Json& fields, bool is_word = false) {
    Json data{{"type", type}, {"sequence_number", events_.size()}};
    data.update(fields);
    Event event = data_event(data, is_word);
    event.bytes.insert(0, "event: " + std::string(type) + "\n");
    events_.push_back(std::move(event));
  }

  std::string item_id_;
  std::vector<Event> events_;
};

Answer stream(const Json& request, const Stamp& stamp, const std::string& text, const Json& finished) {
  const Json begun = response_object(request, stamp, Json::array(), Json());
  const Json item = message_item(stamp, "completed", Json::array({text_part(text)}));
  EventSequence events("msg_" + stamp.id);
  events.add_response("response.created", begun);
  events.add_response("response.in_progress", begun);
  events.add_item("response.output_item.added", message_item(stamp, "in_progress", Json::array()));
  events.add_part("response.content_part.added", {{"part", text_part("")}});
  for (const auto& word : words(text)) {
    events.add_part("response.output_text.delta", {{"delta", word}, {"logprobs", Json::array()}}, true);
  }
  events.add_part("response.output_text.done", {{"text", text}, {"logprobs", Json::array()}});
  events.add_part("response.content_part.done", {{"part", text_part(text)}});
  events.add_item("response.output_item.done", item);
  events.add_response("response.completed", finished);
  Answer answer;
  answer.events = events.take();
  return answer;
}

}  // namespace

Answer response(const Json& request, const Stamp& stamp) {
  const auto input = request.value("input", Json());
  const auto text = input.is_string() ? input.get<std::string>() : last_of_user(input);
  if (!text) return refusal(400, "input", "", "'input' must be a string, or a list with a message of the role 'user'.");
  const auto instructions = text_of(request.value("instructions", Json()));
  const auto words_in =
      count_words(instructions) + (input.is_string() ? count_words(*text) : count_words_of_messages(input));
  const Json output = Json::array({message_item(stamp, "completed", Json::array({text_part(*text)}))});
  const Json finished = response_object(request, stamp, output, usage(words_in, count_words(*text)));
  return request.value("stream", false) ? stream(request, stamp, *text, finished) : whole(finished);
}

}  // namespace pointsman::demo
