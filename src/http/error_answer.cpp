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

}  // namespace

std::string body(const ErrorAnswer& answer, Dialect dialect) {
  switch (dialect) {
    case Dialect::openai: return openai_body(answer);
  }
  return openai_body(answer);
}

}  // namespace pointsman::http
