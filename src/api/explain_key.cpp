#include "pointsman/api/explain_key.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "pointsman/access/glob.hpp"
#include "pointsman/api/models.hpp"
#include "pointsman/config/quantities.hpp"

namespace pointsman::api {
namespace {

using Json = nlohmann::ordered_json;

Json list_of(const config::Permissions& permissions) {
  Json list = Json::array();
  if (permissions.admin) list.push_back("admin");
  if (permissions.metrics) list.push_back("metrics");
  return list;
}

// Why a model cannot be used at present, whoever asks: how each of the endpoints is that serve it; empty: it can be.
std::string why_not_now(const registry::Snapshot& snapshot, const registry::SnapshotModel& model) {
  constexpr std::size_t most_named = 5;
  if (model.ready) return "";
  std::set<std::uint32_t> numbers;
  for (const auto& row : registry::api_table) {
    for (const auto& each : model.candidates[row.api]) numbers.insert(each.endpoint);
  }
  std::string why = "no endpoint can serve it now";
  std::size_t named = 0;
  for (const auto number : numbers) {
    const auto& endpoint = snapshot.endpoints[number];
    const std::string health = endpoint.health == registry::Health::auth ? " refuses its key"
                               : endpoint.health == registry::Health::unknown
                                   ? " was not reached yet"
                                   : " is " + std::string(name(endpoint.health));
    if (named == most_named) return why + ", and " + std::to_string(numbers.size() - named) + " more";
    why += (named++ == 0 ? ": " : ", ") + endpoint.name + health;
  }
  return why;
}

void add_models(const registry::Snapshot& snapshot, const config::Key& key, Json& body) {
  auto& models = body["models"] = Json::array();
  auto& not_models = body["not_models"] = Json::array();
  for (const auto& model : snapshot.models) {
    if (may_see(snapshot, model, &key)) {
      Json item{{"model", model.id}, {"apis", supported_apis(snapshot, model, &key)}};
      if (auto why = why_not_now(snapshot, model); !why.empty()) item["why_not_now"] = std::move(why);
      models.push_back(std::move(item));
    } else {
      const bool is_named = access::may_use(key, model.id);
      not_models.push_back({{"model", model.id},
                            {"why", is_named ? "it is known to offer none of the APIs that the key may use"
                                             : "none of the key's `models` fits its name"}});
    }
  }
  auto& idle = body["fits_no_model"] = Json::array();
  for (const auto& glob : key.models) {
    const auto fits = [&](const registry::SnapshotModel& model) { return access::glob_matches(glob, model.id); };
    if (std::ranges::none_of(snapshot.models, fits)) idle.push_back(glob);
  }
}

void add_apis(const config::Key& key, Json& body) {
  auto& apis = body["apis"] = Json::array();
  auto& not_apis = body["not_apis"] = Json::array();
  for (const auto& row : registry::api_table)
    (access::may_use_api(key, row.name) ? apis : not_apis).push_back(row.name);
}

Json limits_of(access::Quota* quota, const access::Moment& now) {
  Json limits = Json::array();
  if (quota == nullptr) return limits;
  for (const auto& each : quota->states(now)) {
    Json limit{{"limit", access::name(each.limit)}};
    limit["models"] = each.models.empty() ? Json() : Json(each.models);
    limit["amount"] = each.amount;
    limit["taken"] = each.taken;
    limit["wait_ms"] = each.wait.count();
    limits.push_back(std::move(limit));
  }
  return limits;
}

}  // namespace

std::string explain_key_body(const access::KeyRing& keys, const registry::Snapshot& snapshot, std::string_view name,
                             const access::Moment& now) {
  Json body{{"key", name}};
  const auto* key = keys.named(name);
  const auto state = [&](const char* word, std::string why) {
    body["state"] = word;
    if (!why.empty()) body["why"] = std::move(why);
  };
  if (key == nullptr) {
    if (keys.was_there(name)) {
      state("revoked", "");
    } else if (keys.open()) {
      state("unknown", "there are no keys, so everybody may come in");
    } else {
      state("unknown", "there is no key of this name that the gateway heeds");
    }
  } else {
    const bool is_over = access::has_expired(*key, now.wall);
    state(is_over ? "expired" : "good", is_over ? "it expired at " + config::text_of(*key->expires) : "");
    body["expires_at"] = key->expires ? Json(config::text_of(*key->expires)) : Json();
    body["priority"] = key->priority;
    body["permissions"] = list_of(key->permissions);
    body["debug"] = key->debug;
    add_models(snapshot, *key, body);
    add_apis(*key, body);
    body["limits"] = limits_of(keys.quota_of(*key), now);
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pointsman::api
