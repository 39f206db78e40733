#include "support/fake_upstream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace asio = boost::asio;

namespace pointsman::test {

namespace {

std::string whole_answer(int status, const std::string& body, const std::vector<demo::Header>& headers) {
  auto head = fmt::format("HTTP/1.1 {} Scripted\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", status,
                          body.size());
  for (const auto& [name, value] : headers) head += name + ": " + value + "\r\n";
  return head + "\r\n" + body;
}

std::string error_answer(int status, std::string_view message, const std::vector<demo::Header>& headers = {}) {
  const nlohmann::json body{
      {"error", {{"message", message}, {"type", "invalid_request_error"}, {"param", nullptr}, {"code", nullptr}}}};
  return whole_answer(status, body.dump(), headers);
}

std::string list_of(const std::vector<std::string>& models) {
  auto data = nlohmann::json::array();
  for (const auto& id : models) {
    data.push_back({{"id", id}, {"object", "model"}, {"created", 1'700'000'000}, {"owned_by", "test"}});
  }
  return nlohmann::json{{"object", "list"}, {"data", data}}.dump();
}

std::string route_of(const demo::Request& request) {
  const auto target = request.target();
  return std::string(request.method()) + ' ' + std::string(target.substr(0, target.find('?')));
}

// A prober's body is `{`. Told by the length, because the body may not have been read yet.
bool is_probe(const demo::Request& request) {
  const auto* length = request.header("Content-Length");
  return length != nullptr && *length == "1";
}

}  // namespace

Script json(int status, const std::string& body, const std::vector<demo::Header>& headers) {
  return bytes(whole_answer(status, body, headers));
}

Script sse(std::vector<std::string> events) {
  return [events = std::move(events)](Conversation& conversation) -> asio::awaitable<void> {
    co_await conversation.send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const auto& event : events) co_await conversation.send(fmt::format("{:x}\r\n{}\r\n", event.size(), event));
    co_await conversation.send("0\r\n\r\n");
  };
}

Script bytes(std::string raw) {
  return [raw = std::move(raw)](Conversation& conversation) { return conversation.send(raw); };
}

FakeUpstream::FakeUpstream(const std::vector<std::string>& models, Routes routes, demo::ScriptedServer::Options options)
    : model_list_(list_of(models)),
      routes_(std::move(routes)),
      server_([this](Conversation& conversation) { return answer(conversation); }, options) {}

std::vector<demo::Request> FakeUpstream::requests() const {
  auto requests = server_.seen().kept;
  std::erase_if(requests, [&](const demo::Request& request) { return !is_real(request); });
  return requests;
}

bool FakeUpstream::is_real(const demo::Request& request) const {
  return !is_probe(request) && routes_.contains(route_of(request));
}

asio::awaitable<void> FakeUpstream::answer(Conversation& conversation) {
  const auto& request = conversation.request();
  const auto route = route_of(request);
  if (is_real(request)) {
    co_await routes_.at(route)(conversation);
  } else if (routes_.contains(route)) {
    co_await conversation.send(error_answer(400, "The body is not JSON."));
  } else if (route == "GET /v1/models") {
    co_await conversation.send(whole_answer(200, model_list_, {}));
  } else if (routes_.contains("POST" + route.substr(route.find(' ')))) {
    co_await conversation.send(error_answer(405, "Method not allowed.", {{"Allow", "POST"}}));
  } else {
    co_await conversation.send(error_answer(404, "Nothing here."));
  }
}

}  // namespace pointsman::test
