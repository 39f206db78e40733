#include "wire/messages.hpp"

namespace pointsman::bench {
namespace {

// `begin`, as much text as it takes, and `end`.
std::string filled_up(std::string begin, std::string_view end, std::size_t size) {
  constexpr std::string_view text = "The points are set and the train takes its track. ";
  while (begin.size() + end.size() < size) begin += text[begin.size() % text.size()];
  return begin.append(end);
}

std::string two_digits(std::size_t number) {
  return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

std::string chat_request(std::string_view model, bool stream, std::size_t client) {
  std::string begin(body_begin);
  begin += model;
  begin += R"(","temperature":0.7,"stream":)";
  begin += stream ? "true" : "false";
  begin += R"(,"messages":[{"role":"system","content":"Answer briefly."},{"role":"user","content":")";
  const std::string body = filled_up(begin, R"("}]})", request_body_size);
  return "POST /v1/chat/completions HTTP/1.1\r\n"
         "Host: gateway.example\r\n"
         "Accept: application/json\r\n"
         "Content-Type: application/json\r\n"
         "Authorization: Bearer sk-bench-" +
         two_digits(client % client_keys) +
         "\r\n"
         "User-Agent: OpenAI/Python 1.99.0\r\n"
         "X-Stainless-Lang: python\r\n"
         "X-Stainless-Package-Version: 1.99.0\r\n"
         "X-Stainless-OS: Linux\r\n"
         "X-Stainless-Arch: x64\r\n"
         "X-Stainless-Runtime: CPython\r\n"
         "X-Stainless-Runtime-Version: 3.11.7\r\n"
         "X-Stainless-Retry-Count: 0\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string answer_body() {
  return filled_up(R"({"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench-whole",)"
                   R"("choices":[{"index":0,"message":{"role":"assistant","content":")",
                   R"("},"logprobs":null,"finish_reason":"stop"}],)"
                   R"("usage":{"prompt_tokens":192,"completion_tokens":64,"total_tokens":256}})",
                   answer_body_size);
}

}  // namespace pointsman::bench
