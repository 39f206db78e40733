#include "pointsman/demo/endpoint.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

#include "pointsman/demo/answer.hpp"

namespace asio = boost::asio;

namespace pointsman::demo {

namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    default: return "Method Not Allowed";
  }
}

std::string head(const Answer& answer) {
  auto head = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
  if (!answer.allow.empty()) head += "Allow: " + answer.allow + "\r\n";
  if (answer.events.empty()) {
    return head + fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", answer.body.size());
  }
  return head + "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(std::string_view bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

}  // namespace

Endpoint::Endpoint(Milliseconds pause_between_words)
    : pause_(pause_between_words),
      server_([this](Conversation& conversation) { return speak(conversation); }, {.keep_requests = false}) {}

asio::awaitable<void> Endpoint::speak(Conversation& conversation) {
  const auto id = ids_.next();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  const Stamp stamp{std::string(id.text().substr(id.text().find('_') + 1)), now.time_since_epoch().count()};
  const auto answer = demo::answer(conversation.request(), stamp);
  if (conversation.request().method() == "HEAD") {
    co_await conversation.send(head(answer));
    co_return;
  }
  if (answer.events.empty()) {
    co_await conversation.send(head(answer) + answer.body);
    co_return;
  }
  co_await conversation.send(head(answer));
  for (const auto& event : answer.events) {
    if (event.is_word) co_await conversation.pause(pause_);
    co_await conversation.send(chunk(event.bytes));
  }
  co_await conversation.send(chunk(""));
}

}  // namespace pointsman::demo
