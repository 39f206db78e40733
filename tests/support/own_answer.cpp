#include "support/own_answer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pointsman::test {

namespace {

using Json = nlohmann::json;

testing::AssertionResult failure(const Response& response, std::string_view what) {
  return testing::AssertionFailure() << what << " in:\n" << response.raw << "\n" << response.fault;
}

std::string_view type_of(int status) {
  if (status == 403) return "permission_error";
  if (status == 429) return "rate_limit_error";
  return status >= 500 && status != 501 ? "server_error" : "invalid_request_error";
}

bool has(const Response& response, std::string_view name) { return response.header(name) != nullptr; }

bool is(const Response& response, std::string_view name, std::string_view value) {
  const auto* found = response.header(name);
  return found != nullptr && *found == value;
}

}  // namespace

testing::AssertionResult is_own_answer(const Response& response, int status) {
  if (!response.complete) return failure(response, "not a whole answer");
  if (response.status() != status) return failure(response, "not the status " + std::to_string(status));
  if (!is(response, "Content-Type", "application/json")) return failure(response, "no Content-Type of JSON");
  const auto* id = response.header("x-request-id");
  if (id == nullptr || !id->starts_with("req_") || id->size() != 36)
    return failure(response, "no x-request-id of ours");
  if (has(response, "x-pointsman-endpoint")) return failure(response, "an endpoint's name");
  return testing::AssertionSuccess();
}

testing::AssertionResult is_own_error(const Response& response, int status, std::string_view code) {
  if (const auto answer = is_own_answer(response, status); !answer) return answer;

  const auto body = Json::parse(response.body, nullptr, false);
  if (!body.is_object() || body.size() != 1 || !body.contains("error")) return failure(response, "no {\"error\": ...}");
  const auto& error = body["error"];
  for (const auto* key : {"message", "type", "param", "code"}) {
    if (!error.contains(key)) return failure(response, "no key " + std::string(key));
  }
  if (error.size() != 4) return failure(response, "more than the four keys");
  if (!error["message"].is_string() || error["message"].empty()) return failure(response, "no message");
  if (error["type"] != type_of(status)) return failure(response, "another type than " + std::string(type_of(status)));
  if (!error["param"].is_null() && !error["param"].is_string()) return failure(response, "a strange param");
  if (error["code"] != (code.empty() ? Json() : Json(code)))
    return failure(response, "another code than " + std::string(code));

  if (has(response, "Retry-After") != (status == 429 || status == 503)) {
    return failure(response, "Retry-After is for 429 and 503");
  }
  // A limit says itself whether it is worth while.
  const bool is_final = status == 501 || status == 504;
  if (status != 429 && is(response, "x-should-retry", "false") != is_final) {
    return failure(response, "x-should-retry: false is for 501 and 504");
  }
  if (has(response, "WWW-Authenticate") != (status == 401)) return failure(response, "WWW-Authenticate is for 401");
  if (has(response, "Allow") != (status == 405)) return failure(response, "Allow is for 405");
  return testing::AssertionSuccess();
}

std::string message_of(const Response& response) {
  const auto body = Json::parse(response.body, nullptr, false);
  return body.is_object() && body.contains("error") ? body["error"].value("message", "") : "";
}

}  // namespace pointsman::test
