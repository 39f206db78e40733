#include "pointsman/http/error_answer.hpp"

namespace pointsman::http {
namespace {

void append_string_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    append_json_string(out, text);
  }
}

std::string openai_body(const ErrorAnswer& answer) {
  std::string out = R"({"error":{"message":)";
  append_json_string(out, answer.message);
  out += R"(,"type":)";
  append_json_string(out, answer.type);
  out += R"(,"param":)";
  append_string_or_null(out, answer.param);
  out += R"(,"code":)";
  append_string_or_null(out, answer.code);
  out += "}}";
  return out;
}

std::string_view anthropic_type(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 413: return "request_too_large";
    case 429: return "rate_limit_error";
    case 503: return "overloaded_error";
    case 504: return "timeout_error";
    default: return status < 500 || status == 501 ? "invalid_request_error" : "api_error";
  }
}

std::string anthropic_body(const ErrorAnswer& answer, std::string_view request_id) {
  std::string out = R"({"type":"error","error":{"type":)";
  append_json_string(out, anthropic_type(answer.status));
  out += R"(,"message":)";
  append_json_string(out, answer.message);
  out += R"(},"request_id":)";
  append_string_or_null(out, request_id);
  out += "}";
  return out;
}

}  // namespace

std::string body(const ErrorAnswer& answer, Dialect dialect, std::string_view request_id) {
  switch (dialect) {
    case Dialect::openai: return openai_body(answer);
    case Dialect::anthropic: return anthropic_body(answer, request_id);
  }
  return openai_body(answer);
}

}  // namespace pointsman::http
