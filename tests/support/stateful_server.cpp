#include "support/stateful_server.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pointsman::test {
namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> result;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    result.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return result;
}

std::string head(int status, const std::string& fields) {
  return fmt::format("HTTP/1.1 {} Status\r\n{}\r\n", status, fields);
}

std::string whole(int status, const std::string& body, const std::string& fields = "") {
  return head(status, fmt::format("Content-Type: application/json\r\n{}Content-Length: {}\r\n", fields, body.size())) +
         body;
}

std::string as_stream(const std::vector<nlohmann::json>& events) {
  std::string text = head(200, "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n");
  for (const auto& event : events) {
    const std::string type = event.value("type", "");
    const auto lines = (type.empty() ? "" : "event: " + type + "\n") + "data: " + event.dump() + "\n\n";
    text += fmt::format("{:x}\r\n{}\r\n", lines.size(), lines);
  }
  return text + "0\r\n\r\n";
}

nlohmann::json error(const std::string& message, const std::string& code, const std::string& param) {
  return {{"error", {{"message", message}, {"type", "invalid_request_error"}, {"param", param}, {"code", code}}}};
}

std::vector<nlohmann::json> events_of(const nlohmann::json& response) {
  return {{{"type", "response.created"}, {"sequence_number", 0}, {"response", response}},
          {{"type", "response.output_text.delta"}, {"sequence_number", 1}, {"delta", "word"}},
          {{"type", "response.completed"}, {"sequence_number", 2}, {"response", response}}};
}

}  // namespace

StatefulServer::StatefulServer(std::string name, Options options)
    : name_(std::move(name)),
      options_(std::move(options)),
      server_([this](demo::Conversation& conversation) { return serve(conversation); }) {}

bool StatefulServer::keeps(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return kept_.contains(id);
}

void StatefulServer::complete(const std::string& id) {
  const std::lock_guard lock(mutex_);
  kept_.at(id)["status"] = "completed";
}

std::size_t StatefulServer::strays() const {
  const std::lock_guard lock(mutex_);
  return strays_;
}

boost::asio::awaitable<void> StatefulServer::serve(demo::Conversation& conversation) {
  const auto& request = conversation.request();
  const auto path = segments(request.target().substr(0, request.target().find('?')));
  if (path == std::vector<std::string>{"v1", "models"}) {
    Json list = Json::array();
    for (const auto& model : options_.models) list.push_back({{"id", model}, {"object", "model"}});
    co_await conversation.send(whole(200, Json{{"object", "list"}, {"data", list}}.dump()));
    co_return;
  }
  const bool creates = path == std::vector<std::string>{"v1", "responses"} ||
                       path == std::vector<std::string>{"v1", "conversations"} ||
                       path == std::vector<std::string>{"v1", "chat", "completions"};
  std::string reply;
  if (creates && request.method() == "GET") {
    reply = whole(405, "{}", "Allow: POST\r\n");
  } else if (creates && request.body == "{") {
    reply = whole(400, error("The body is not JSON.", "", "").dump());
  } else {
    const std::lock_guard lock(mutex_);
    const auto answered = answer(request);
    reply = answered.events.empty() ? whole(answered.status, answered.body.dump()) : as_stream(answered.events);
  }
  co_await conversation.send(std::move(reply));
}

StatefulServer::Answer StatefulServer::answer(const demo::Request& request) {
  const std::string target(request.target());
  const auto mark = std::min(target.find('?'), target.size());
  const auto path = segments(std::string_view(target).substr(0, mark));
  const std::string method(request.method());
  const Json body = Json::parse(request.body, nullptr, false);
  if (path.size() >= 2 && path[1] == "responses") {
    return path.size() == 2 ? create_response(body) : of_response(method, path, target.substr(mark));
  }
  if (path.size() >= 2 && path[1] == "conversations") return of_conversation(method, path, body);
  if (path.size() >= 3 && path[2] == "completions") {
    if (path.size() > 3) return of_chat(method, path);
    Json chat{{"id", new_id("chatcmpl")}, {"object", "chat.completion"}, {"choices", Json::array()}};
    if (body.value("store", false)) kept_[chat["id"]] = chat;
    return {200, chat};
  }
  return {404, error("Nothing is here.", "", "")};
}

std::string StatefulServer::new_id(const std::string& kind) { return fmt::format("{}_{}_{}", kind, name_, ++made_); }

StatefulServer::Answer StatefulServer::stray(const std::string& id, const std::string& param) {
  const bool is_probe = id == "input_tokens" || id == "compact";  // APIs that it does not have
  if (!is_probe) ++strays_;
  return {404, error("'" + id + "' not found.", param.empty() ? "" : "previous_response_not_found", param)};
}

bool StatefulServer::can_read(const std::string& encrypted) const {
  return encrypted.starts_with("secret/of/" + (options_.account.empty() ? name_ : options_.account) + "/");
}

StatefulServer::Answer StatefulServer::create_response(const Json& body) {
  int turn = 1;
  if (const auto previous = body.value("previous_response_id", ""); !previous.empty()) {
    if (!kept_.contains(previous)) return stray(previous, "previous_response_id");
    turn = kept_[previous]["turn"].get<int>() + 1;
  }
  if (body.contains("conversation")) {
    const auto& named = body["conversation"];
    const std::string id = named.is_string() ? named.get<std::string>() : named.value("id", "");
    if (!kept_.contains(id)) return stray(id, "conversation");
  }
  const auto input = body.value("input", Json());
  for (const auto& item : input.is_array() ? input : Json::array()) {
    if (item.contains("encrypted_content") && !can_read(item["encrypted_content"])) {
      return {400, error("The encrypted content cannot be verified.", "invalid_encrypted_content", "input")};
    }
  }
  const bool in_background = body.value("background", false);
  Json response{{"id", new_id("resp")},
                {"object", "response"},
                {"a_padding", std::string(options_.padding, '.')},
                {"status", in_background ? "queued" : "completed"},
                {"turn", turn},
                {"server", name_},
                {"output", Json::array({{{"type", "message"}, {"id", "msg_1"}}})}};
  if (body.contains("include")) {
    const auto account = options_.account.empty() ? name_ : options_.account;
    response["output"].push_back({{"type", "reasoning"},
                                  {"id", "rs_1"},
                                  {"encrypted_content", fmt::format("secret/of/{}/{}==", account, made_)}});
  }
  if (body.value("store", true)) kept_[response["id"]] = response;
  if (body.value("stream", false)) return {200, {}, events_of(response)};
  return {200, response};
}

StatefulServer::Answer StatefulServer::of_response(const std::string& method, const std::vector<std::string>& path,
                                                   const std::string& query) {
  const auto& id = path[2];
  if (!kept_.contains(id)) return stray(id);
  auto& response = kept_[id];
  if (path.size() == 4 && path[3] == "cancel") {
    response["status"] = "cancelled";
    return {200, response};
  }
  if (path.size() == 4) return {200, {{"object", "list"}, {"data", Json::array()}, {"of", id}}};
  if (method == "DELETE") {
    kept_.erase(id);
    return {200, {{"id", id}, {"object", "response.deleted"}, {"deleted", true}}};
  }
  if (query.find("stream=true") == std::string::npos) return {200, response};
  auto events = events_of(response);
  const auto after = query.find("starting_after=");
  if (after != std::string::npos) {
    const int number = std::stoi(query.substr(after + 15));
    std::erase_if(events, [&](const Json& event) { return event["sequence_number"].get<int>() <= number; });
  }
  return {200, {}, events};
}

StatefulServer::Answer StatefulServer::of_conversation(const std::string& method, const std::vector<std::string>& path,
                                                       const Json& body) {
  if (path.size() == 2) {
    Json conversation{
        {"id", new_id("conv")}, {"object", "conversation"}, {"items", body.value("items", Json::array())}};
    kept_[conversation["id"]] = conversation;
    return {200, conversation};
  }
  const auto& id = path[2];
  if (!kept_.contains(id)) return stray(id);
  auto& conversation = kept_[id];
  if (path.size() == 3 && method == "DELETE") {
    kept_.erase(id);
    return {200, {{"id", id}, {"deleted", true}}};
  }
  if (path.size() == 3 && method == "POST") conversation["metadata"] = body.value("metadata", Json());
  if (path.size() == 3) return {200, conversation};
  if (path.size() == 4 && method == "POST") conversation["items"] = body.value("items", Json::array());
  if (path.size() == 4) return {200, {{"object", "list"}, {"data", conversation["items"]}}};
  return {200, {{"id", path[4]}, {"method", method}, {"conversation", id}}};
}

StatefulServer::Answer StatefulServer::of_chat(const std::string& method, const std::vector<std::string>& path) {
  const auto& id = path[3];
  if (!kept_.contains(id)) return stray(id);
  if (path.size() == 5) return {200, {{"object", "list"}, {"data", Json::array()}, {"of", id}}};
  if (method == "DELETE") {
    kept_.erase(id);
    return {200, {{"id", id}, {"deleted", true}}};
  }
  return {200, kept_[id]};
}

}  // namespace pointsman::test
