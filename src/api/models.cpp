#include "pointsman/api/models.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <span>

#include "endpoint_details.hpp"
#include "pointsman/access/key_ring.hpp"

namespace pointsman::api {
namespace {

using Json = nlohmann::ordered_json;

// Some endpoint is known to offer it. While some of the model's endpoints are up, only those count; a model whose
// endpoints are all down tells what it had.
bool is_supported(const registry::Snapshot& snapshot, const registry::SnapshotModel& model, registry::Api api) {
  const auto& candidates = model.candidates[api];
  return std::any_of(candidates.begin(), candidates.end(), [&](const registry::Candidate& each) {
    return each.verdict == registry::Verdict::yes && (!model.ready || snapshot.endpoints[each.endpoint].is_up());
  });
}

bool may_use(const config::Key* key, const registry::ApiRow& row) {
  return key == nullptr || access::may_use_api(*key, row.name);
}

using Details = std::optional<EndpointDetails>;

Details details_of(const registry::Snapshot& snapshot, std::optional<WallTime> now) {
  return now ? Details(std::in_place, snapshot, *now) : std::nullopt;
}

// RFC 3339, in UTC. What an endpoint says may lie anywhere; a year has four digits.
std::string date_of(std::int64_t unix_seconds) {
  constexpr std::int64_t end_of_9999 = 253'402'300'799;
  const std::time_t seconds = std::clamp<std::int64_t>(unix_seconds, 0, end_of_9999);
  std::tm date{};
  gmtime_r(&seconds, &date);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%FT%TZ", &date)};
}

// OpenAI's keys and Anthropic's, so that the SDKs of both understand it.
Json item(const registry::Snapshot& snapshot, const registry::SnapshotModel& model, const config::Key* key,
          Details& details) {
  Json endpoints = Json::array();
  for (const auto endpoint : model.endpoints) endpoints.push_back(snapshot.endpoints[endpoint].name);
  Json result{{"id", model.id},
              {"object", "model"},
              {"created", model.created},
              {"owned_by", model.owned_by},
              {"type", "model"},
              {"display_name", model.id},
              {"created_at", date_of(model.created)},
              {"supported_apis", supported_apis(snapshot, model, key)},
              {"ready", model.ready},
              {"endpoints", std::move(endpoints)}};
  if (model.context_length) result["context_length"] = *model.context_length;
  if (details) result["endpoint_details"] = details->of(model);
  return result;
}

std::string text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::vector<std::string_view> supported_apis(const registry::Snapshot& snapshot, const registry::SnapshotModel& model,
                                             const config::Key* key) {
  std::vector<std::string_view> apis;
  for (const auto& row : registry::api_table) {
    if (may_use(key, row) && is_supported(snapshot, model, row.api)) apis.push_back(row.name);
  }
  return apis;
}

bool may_see(const registry::Snapshot& snapshot, const registry::SnapshotModel& model, const config::Key* key) {
  if (key == nullptr) return true;
  if (!access::may_use(*key, model.id)) return false;
  if (key->apis.empty()) return true;
  bool offers_others = false;
  for (const auto& row : registry::api_table) {
    if (!is_supported(snapshot, model, row.api)) continue;
    if (may_use(key, row)) return true;
    offers_others = true;
  }
  return !offers_others;
}

struct ModelList::State {
  const registry::Snapshot& snapshot;
  const config::Key* key;
  Details details;
  std::size_t next = 0;
  const std::string* first = nullptr;
  const std::string* last = nullptr;
  std::string text = R"({"object":"list","data":[)";
};

ModelList::ModelList(const registry::Snapshot& snapshot, const config::Key* key, std::optional<WallTime> now)
    : state_(std::make_unique<State>(State{snapshot, key, details_of(snapshot, now)})) {}

ModelList::~ModelList() = default;

bool ModelList::add_some() {
  auto& [snapshot, key, details, next, first, last, list] = *state_;
  const auto end = std::min(next + at_once, snapshot.models.size());
  for (const auto& model : std::span(snapshot.models).subspan(next, end - next)) {
    if (!may_see(snapshot, model, key)) continue;
    if (first != nullptr) list += ',';
    list += text(item(snapshot, model, key, details));
    if (first == nullptr) first = &model.id;
    last = &model.id;
  }
  next = end;
  return next < snapshot.models.size();
}

std::string ModelList::take() {
  const auto id = [](const std::string* name) { return name == nullptr ? "null" : text(Json(*name)); };
  // All of them are on one page.
  state_->text += R"(],"has_more":false,"first_id":)" + id(state_->first) + R"(,"last_id":)" + id(state_->last) + "}";
  return std::move(state_->text);
}

std::string model_body(const registry::Snapshot& snapshot, const registry::SnapshotModel& model, const config::Key* key,
                       std::optional<WallTime> now) {
  auto details = details_of(snapshot, now);
  return text(item(snapshot, model, key, details));
}

}  // namespace pointsman::api
