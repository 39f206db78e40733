#include "pointsman/proxy/refusal.hpp"

#include <algorithm>

namespace pointsman::proxy {
namespace {

// After this long it is worth asking again: what is down is looked at again when somebody asks for it.
constexpr std::chrono::seconds down_pause{5};
constexpr std::chrono::seconds short_pause{1};

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string duration(Milliseconds time) {
  const bool is_whole = time.count() % 1'000 == 0;
  return is_whole ? std::to_string(time.count() / 1'000) + " s" : std::to_string(time.count()) + " ms";
}

std::string try_again_in(std::chrono::seconds pause) { return "Try again in " + std::to_string(pause.count()) + " s."; }

http::ErrorAnswer unavailable(std::string_view code, std::string message, std::chrono::seconds retry_after) {
  http::ErrorAnswer answer;
  answer.status = 503;
  answer.code = code;
  answer.message = std::move(message);
  answer.retry_after = retry_after;
  return answer;
}

// Whether endpoints that have not told what they serve may have a model that nobody else has: one that has not been
// looked at, is loading or has too much to do will tell soon, and while none is up a 404 would be a guess. Beside one
// that is up, one that stays down does not count: it would make every misspelt name look like an outage.
bool may_yet_appear(const registry::Snapshot& snapshot) {
  using registry::Health;
  const auto& endpoints = snapshot.endpoints;
  const bool one_will_tell = std::any_of(endpoints.begin(), endpoints.end(), [](const auto& each) {
    return each.health == Health::unknown || each.health == Health::loading || each.health == Health::busy;
  });
  const bool none_is_up =
      std::none_of(endpoints.begin(), endpoints.end(), [](const auto& each) { return each.is_up(); });
  return one_will_tell || (none_is_up && !endpoints.empty());
}

}  // namespace

http::ErrorAnswer unknown_model(const registry::Snapshot& snapshot, std::string_view model) {
  if (may_yet_appear(snapshot)) {
    return unavailable(
        "no_healthy_endpoint",
        "The model " + in_quotes(model) + " is not known yet: endpoints that may have it are not up. Try again.",
        short_pause);
  }
  http::ErrorAnswer answer;
  answer.status = 404;
  answer.type = "invalid_request_error";
  answer.code = "model_not_found";
  answer.param = "model";
  answer.message = "The model " + in_quotes(model) + " does not exist here. GET /v1/models lists those that do.";
  return answer;
}

http::ErrorAnswer unsupported_api(const registry::SnapshotModel& model, registry::Api api) {
  std::string supported;
  for (const auto& row : registry::api_table) {
    const auto& candidates = model.candidates[row.api];
    const bool known = std::any_of(candidates.begin(), candidates.end(),
                                   [](const auto& each) { return each.verdict == registry::Verdict::yes; });
    if (!known) continue;
    if (!supported.empty()) supported += ", ";
    supported += row.name;
  }
  http::ErrorAnswer answer;
  answer.status = 501;
  answer.type = "invalid_request_error";
  answer.code = "unsupported_api";
  answer.param = "model";
  answer.final = true;
  answer.message = "No endpoint offers the API '" + std::string(registry::row(api).name) + "' for the model " +
                   in_quotes(model.id) + ". It supports: " + (supported.empty() ? "nothing" : supported) + ".";
  return answer;
}

http::ErrorAnswer no_healthy_endpoint(std::string_view model, registry::Api api) {
  return unavailable("no_healthy_endpoint",
                     "No endpoint that may offer the API '" + std::string(registry::row(api).name) +
                         "' for the model " + in_quotes(model) + " can be used at present. Try again later.",
                     down_pause);
}

http::ErrorAnswer all_full(std::string_view model) {
  return unavailable("overloaded",
                     "Every endpoint of the model " + in_quotes(model) +
                         " is working on as many requests as it may (`max_concurrent`). Try again.",
                     short_pause);
}

http::ErrorAnswer queue_full(std::string_view model, std::size_t length, std::chrono::seconds retry_after) {
  return unavailable("overloaded",
                     "Every endpoint of the model " + in_quotes(model) +
                         " is working on as many requests as it may (`max_concurrent`), and as many as may wait for a "
                         "place there do: " +
                         std::to_string(length) + " (`queue.length`). " + try_again_in(retry_after),
                     retry_after);
}

http::ErrorAnswer queued_too_long(std::string_view model, Milliseconds wait, std::chrono::seconds retry_after) {
  return unavailable("overloaded",
                     "Every endpoint of the model " + in_quotes(model) +
                         " is working on as many requests as it may (`max_concurrent`), and no place became free for " +
                         std::to_string(wait.count()) + " ms (`queue.wait`). " + try_again_in(retry_after),
                     retry_after);
}

http::ErrorAnswer kept_nowhere(std::string_view param, std::string_view id) {
  http::ErrorAnswer answer;
  answer.status = 404;
  answer.type = "invalid_request_error";
  answer.code = param == "previous_response_id" ? "previous_response_not_found" : "not_found";
  answer.param = param;
  answer.message = "There is nothing with the id " + in_quotes(id) +
                   " here: it has expired, its endpoint is gone, or it was made with another key or elsewhere.";
  return answer;
}

http::ErrorAnswer keeper_is_down(std::string_view param, std::string_view id) {
  auto answer = unavailable("no_healthy_endpoint",
                            "The endpoint that keeps " + in_quotes(id) +
                                " cannot be used at present, and no other one can go on with it. Try again later.",
                            down_pause);
  answer.param = param;
  return answer;
}

http::ErrorAnswer kept_without_model(std::string_view param, std::string_view id, std::string_view model) {
  http::ErrorAnswer answer;
  answer.status = 400;
  answer.type = "invalid_request_error";
  answer.param = param;
  answer.message = "The endpoint that keeps " + in_quotes(id) + " does not offer the model " + in_quotes(model) +
                   " for this API. Go on with a model that it has, or start anew.";
  return answer;
}

http::ErrorAnswer kept_apart() {
  http::ErrorAnswer answer;
  answer.status = 400;
  answer.type = "invalid_request_error";
  answer.param = "previous_response_id";
  answer.message = "'previous_response_id' and 'conversation' are kept by different endpoints. Send one of them.";
  return answer;
}

http::ErrorAnswer offered_nowhere(registry::Api api) {
  http::ErrorAnswer answer;
  answer.status = 501;
  answer.type = "invalid_request_error";
  answer.code = "unsupported_api";
  answer.final = true;
  answer.message = "No endpoint offers the API '" + std::string(registry::row(api).name) + "'.";
  return answer;
}

http::ErrorAnswer none_up_for(registry::Api api) {
  return unavailable("no_healthy_endpoint",
                     "No endpoint that may offer the API '" + std::string(registry::row(api).name) +
                         "' can be used at present. Try again later.",
                     down_pause);
}

http::ErrorAnswer failed_attempt(const Error& error, std::string_view endpoint, const config::Timeouts& timeouts) {
  http::ErrorAnswer answer;
  answer.status = 502;
  answer.code = "upstream_error";
  const std::string who = "The endpoint " + in_quotes(endpoint);
  switch (error.code) {
    case ErrorCode::timeout:
      answer.status = 504;
      answer.code = "upstream_timeout";
      answer.final = true;
      answer.message =
          who +
          (error.may_retry ? " cannot be reached in time (`timeouts.connect`: " + duration(timeouts.connect)
                           : " did not answer in time (`timeouts.first_byte`: " + duration(timeouts.first_byte)) +
          ").";
      break;
    case ErrorCode::overloaded:
      return unavailable("overloaded", "The gateway has no connection left for this request. Try again.", short_pause);
    case ErrorCode::unreachable: answer.message = who + " cannot be reached."; break;
    case ErrorCode::connection_lost: answer.message = who + " closed the connection before it answered."; break;
    default: answer.message = who + " sent an answer that is not valid HTTP."; break;
  }
  return answer;
}

}  // namespace pointsman::proxy
