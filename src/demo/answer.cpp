#include "pointsman/demo/answer.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "pointsman/demo/chat.hpp"
#include "pointsman/demo/embeddings.hpp"
#include "pointsman/demo/models.hpp"
#include "pointsman/demo/responses.hpp"

namespace pointsman::demo {

namespace {

struct Route {
  std::string_view method;
  std::string_view path;
  Answer (*answer)(const Json& request, const Stamp& stamp);
};

constexpr std::array routes{
    Route{"GET", "/v1/models", [](const Json&, const Stamp&) { return model_list(); }},
    Route{"GET", "/v1/models/demo", [](const Json&, const Stamp&) { return model(); }},
    Route{"POST", "/v1/chat/completions", chat},
    Route{"POST", "/v1/completions", completion},
    Route{"POST", "/v1/responses", response},
    Route{"POST", "/v1/embeddings", [](const Json& request, const Stamp&) { return embeddings(request); }},
};

Answer answer_post(const Route& route, const std::string& body, const Stamp& stamp) {
  try {
    const auto request = Json::parse(body);
    if (!request.is_object()) return refusal(400, "", "", "The body must be a JSON object.");
    if (!request.contains("model")) return refusal(400, "model", "", "The body must name a model: \"demo\".");
    const auto wanted = request.at("model").get<std::string>();
    if (wanted != model_id) {
      return refusal(404, "model", "model_not_found", "There is no model '" + wanted + "' here; there is 'demo'.");
    }
    return route.answer(request, stamp);
  } catch (const Json::parse_error&) {
    return refusal(400, "", "", "The body is not JSON.");
  } catch (const Json::exception& error) {
    return refusal(400, "", "", std::string("A field of the body has the wrong type: ") + error.what());
  }
}

}  // namespace

Answer answer(const Request& request, const Stamp& stamp) {
  const auto target = request.target();
  const auto path = target.substr(0, target.find('?'));
  const Route* of_path = nullptr;
  for (const auto& route : routes) {
    if (route.path != path) continue;
    of_path = &route;
    if (route.method != request.method()) continue;
    return route.method == "POST" ? answer_post(route, request.body, stamp) : route.answer(Json(), stamp);
  }
  if (path.starts_with("/v1/models/")) {
    return refusal(404, "model", "model_not_found", "There is no such model here; there is 'demo'.");
  }
  if (of_path == nullptr) return refusal(404, "", "", "There is nothing at " + std::string(path) + ".");
  auto not_allowed = refusal(405, "", "", std::string(path) + " takes " + std::string(of_path->method) + " only.");
  not_allowed.allow = of_path->method;
  return not_allowed;
}

Answer whole(const Json& body) {
  Answer answer;
  answer.body = serialize(body);
  return answer;
}

Answer refusal(int status, std::string_view param, std::string_view code, const std::string& message) {
  const auto or_null = [](std::string_view text) { return text.empty() ? Json() : Json(text); };
  Answer answer = whole({{"error",
                          {{"message", message},
                           {"type", "invalid_request_error"},
                           {"param", or_null(param)},
                           {"code", or_null(code)}}}});
  answer.status = status;
  return answer;
}

Event data_event(const Json& data, bool is_word) { return {"data: " + serialize(data) + "\n\n", is_word}; }

std::string serialize(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace pointsman::demo
