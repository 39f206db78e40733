#include "pointsman/http/stream_dialect.hpp"

#include "pointsman/base/json_string.hpp"
#include "pointsman/http/error_answer.hpp"

namespace pointsman::http {
namespace {

std::string error_object(std::string_view message, std::string_view code) {
  ErrorAnswer answer;
  answer.code = code;
  answer.message = message;
  return body(answer, Dialect::openai, "");
}

// The documented form is flat, but only one SDK raises on it; the other one looks for `error`. So it has both.
std::string responses_data(std::uint64_t sequence_number, std::string_view message, std::string_view code) {
  std::string data = R"({"type":"error","sequence_number":)" + std::to_string(sequence_number) + R"(,"code":)";
  append_json_string(data, code);
  data += R"(,"message":)";
  append_json_string(data, message);
  data += R"(,"param":null,)";
  data += std::string_view(error_object(message, code)).substr(1);  // its opening brace stands at the front already
  return data;
}

std::string messages_data(std::string_view message) {
  std::string data = R"({"type":"error","error":{"type":"api_error","message":)";
  append_json_string(data, message);
  data += "}}";
  return data;
}

}  // namespace

bool is_last_event(StreamDialect dialect, std::string_view name) {
  switch (dialect) {
    case StreamDialect::responses:
      return name == "response.completed" || name == "response.incomplete" || name == "response.failed" ||
             name == "error";
    case StreamDialect::messages: return name == "message_stop" || name == "error";
    case StreamDialect::chat:
    case StreamDialect::other: break;
  }
  return false;
}

bool carries_tokens(StreamDialect dialect, std::string_view name) {
  switch (dialect) {
    // response.output_text.delta, response.function_call_arguments.delta, response.reasoning_text.delta, ...
    case StreamDialect::responses:
      return name.starts_with("response.output_text.de") || name.starts_with("response.reasoning") ||
             name.starts_with("response.refusal.de") || name.starts_with("response.function_call");
    case StreamDialect::messages: return name == "content_block_delta";
    case StreamDialect::chat:
    case StreamDialect::other: break;
  }
  return false;
}

std::string failure_event(StreamDialect dialect, std::uint64_t sequence_number, std::string_view message,
                          std::string_view code) {
  switch (dialect) {
    case StreamDialect::chat: return "data: " + error_object(message, code) + "\n\n";
    case StreamDialect::responses:
      return "event: error\ndata: " + responses_data(sequence_number, message, code) + "\n\n";
    case StreamDialect::messages: return "event: error\ndata: " + messages_data(message) + "\n\n";
    case StreamDialect::other: break;
  }
  return {};
}

}  // namespace pointsman::http
