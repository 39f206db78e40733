#include "pointsman/api/answers.hpp"

namespace pointsman::api {
namespace {

http::ErrorAnswer invalid_request(int status, std::string message) {
  http::ErrorAnswer answer;
  answer.status = status;
  answer.type = "invalid_request_error";
  answer.message = std::move(message);
  return answer;
}

http::ErrorAnswer forbidden(std::string_view code, std::string message) {
  auto answer = invalid_request(403, std::move(message));
  answer.type = "permission_error";
  answer.code = code;
  return answer;
}

// A path in a message: bounded, whatever the client wrote.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 200;
  return text.size() <= most ? std::string(text) : std::string(text.substr(0, most)) + "...";
}

net::Task<SentBytes> send(http::Connection& client, const http::Answer& answer) {
  const bool was_taken = co_await client.answer(answer);
  co_return was_taken && !client.is_head_request() ? answer.body.size() : 0;
}

}  // namespace

net::Task<SentBytes> answer_json(http::Connection& client, int status, std::string_view body,
                                 std::string_view request_id, std::string_view more_fields) {
  std::string fields;
  http::append_field(fields, "x-request-id", request_id);
  fields += more_fields;
  http::Answer answer;
  answer.status = status;
  answer.body = body;
  answer.fields = fields;
  co_return co_await send(client, answer);
}

net::Task<SentBytes> answer_error(http::Connection& client, const http::ErrorAnswer& error, http::Dialect dialect,
                                  std::string_view request_id) {
  std::string fields;
  http::append_field(fields, "x-request-id", request_id);
  if (error.retry_after) http::append_field(fields, "Retry-After", std::to_string(error.retry_after->count()));
  if (error.queued) http::append_field(fields, "x-pointsman-queue-ms", std::to_string(error.queued->count()));
  if (error.final) http::append_field(fields, "x-should-retry", "false");
  fields += error.fields;
  if (error.status == 401) http::append_field(fields, "WWW-Authenticate", "Bearer");
  if (error.status == 415 && error.accept.empty()) http::append_field(fields, "Accept-Encoding", "gzip, zstd, br");
  if (!error.accept.empty()) http::append_field(fields, "Accept", error.accept);
  if (error.status == 426) {
    // RFC 9110 §15.5.22, RFC 6455 §4.4
    http::append_field(fields, "Upgrade", "websocket");
    http::append_field(fields, "Connection", "Upgrade");
    http::append_field(fields, "Sec-WebSocket-Version", "13");
  }
  if (!error.allow.empty()) http::append_field(fields, "Allow", error.allow);
  if (dialect == http::Dialect::anthropic) http::append_field(fields, "request-id", request_id);
  const std::string text = body(error, dialect, request_id);
  http::Answer answer;
  answer.status = error.status;
  answer.body = text;
  answer.fields = fields;
  co_return co_await send(client, answer);
}

http::ErrorAnswer unauthorized(bool presented_one) {
  auto answer = invalid_request(
      401, presented_one ? "The API key is not one of this gateway's; it may have been revoked or have expired."
                         : "An API key is needed: send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.");
  answer.code = "invalid_api_key";
  return answer;
}

http::ErrorAnswer unauthorized(std::optional<std::string_view> authorization,
                               std::optional<std::string_view> x_api_key) {
  auto answer = unauthorized(authorization || x_api_key);
  constexpr std::string_view scheme = "bearer ";
  const bool has_scheme = !authorization || http::equal_ignoring_case(authorization->substr(0, scheme.size()), scheme);
  if (!has_scheme && !x_api_key) {
    answer.message = "The Authorization header must say 'Bearer KEY'; this one has no scheme, or another one.";
  }
  return answer;
}

http::ErrorAnswer unknown_path(std::string_view method, std::string_view path, std::string_view meant) {
  auto message = "There is nothing at " + shown(method) + " " + shown(path);
  if (meant.empty()) return invalid_request(404, message + ". GET /openapi.json lists the routes.");
  message += "; did you mean " + std::string(meant) + "?";
  constexpr std::string_view base = "/v1/";
  if (path.starts_with("/v1/v1/")) {
    message += " The client adds /v1 itself: leave it out of its base URL.";
  } else if (meant.starts_with(base) && !path.starts_with(base)) {
    message += " A client's base URL ends with /v1.";
  }
  return invalid_request(404, std::move(message));
}

http::ErrorAnswer method_not_allowed(std::string_view method, std::string_view path, std::string_view allow) {
  auto answer = invalid_request(405, shown(path) + " takes " + std::string(allow) + ", not " + shown(method) + ".");
  answer.allow = allow;
  return answer;
}

http::ErrorAnswer upgrade_required(std::string message) {
  auto answer = invalid_request(426, std::move(message));
  answer.code = "upgrade_required";
  answer.final = true;
  return answer;
}

http::ErrorAnswer model_not_allowed(std::string_view model, std::string_view key) {
  auto answer = forbidden("model_not_allowed",
                          "The key '" + std::string(key) + "' may not use the model '" + shown(model) + "'.");
  answer.param = "model";
  return answer;
}

http::ErrorAnswer api_not_allowed(std::string_view api, std::string_view key) {
  return forbidden("api_not_allowed",
                   "The key '" + std::string(key) + "' may not use the API '" + std::string(api) + "'.");
}

http::ErrorAnswer permission_missing(std::string_view permission, std::string_view path, std::string_view key) {
  return forbidden("permission_missing", "The key '" + std::string(key) + "' does not have the permission '" +
                                             std::string(permission) + "', which " + shown(path) + " needs.");
}

http::ErrorAnswer more_models_not_allowed() {
  return bad_request("'models' and 'fallbacks' may name models that the key may not use. Send 'model' alone.",
                     "models");
}

http::ErrorAnswer unknown_model_id(std::string_view model) {
  auto answer =
      invalid_request(404, "The model '" + shown(model) + "' does not exist here. GET /v1/models lists those that do.");
  answer.code = "model_not_found";
  answer.param = "model";
  return answer;
}

http::ErrorAnswer bad_request(std::string message, std::string_view param) {
  auto answer = invalid_request(400, std::move(message));
  answer.param = param;
  return answer;
}

http::ErrorAnswer unknown_encoding(std::string_view encoding) {
  return invalid_request(415, "The gateway reads the model in the request body, and cannot with Content-Encoding '" +
                                  shown(encoding) + "'. Send it with gzip, zstd or br alone, or uncompressed.");
}

http::ErrorAnswer unsupported_type(std::string_view path, std::string_view taken) {
  auto answer = invalid_request(
      415, shown(path) + " takes " + std::string(taken) + "; the request's Content-Type says otherwise.");
  answer.accept = taken;
  return answer;
}

http::ErrorAnswer broken() {
  http::ErrorAnswer answer;
  answer.code = "internal_error";
  answer.message = "The gateway failed to handle this request. Its log says why, under this request's x-request-id.";
  return answer;
}

http::ErrorAnswer overloaded(std::string message) {
  http::ErrorAnswer answer;
  answer.status = 503;
  answer.code = "overloaded";
  answer.message = std::move(message);
  answer.retry_after = std::chrono::seconds(1);
  return answer;
}

http::ErrorAnswer unreadable(const Error& error) {
  switch (error.code) {
    case ErrorCode::too_large: {
      auto answer = invalid_request(413, error.message);
      answer.code = "request_too_large";
      return answer;
    }
    case ErrorCode::overloaded: return overloaded(error.message);
    case ErrorCode::timeout: return invalid_request(408, error.message);
    default: return bad_request(error.message, "");
  }
}

http::ErrorAnswer refused_head(const http::Rejection& rejection) {
  return invalid_request(rejection.status, "The request is refused: " + rejection.reason + ".");
}

}  // namespace pointsman::api
