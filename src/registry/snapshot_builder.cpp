#include "pointsman/registry/snapshot_builder.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "pointsman/registry/verdict.hpp"

namespace pointsman::registry {
namespace {

std::uint32_t position_of(std::string_view name, std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto position = static_cast<std::uint32_t>(found - names.begin());
  if (found == names.end()) names.emplace_back(name);
  return position;
}

// Connections that were made in different ways never stand in for each other.
std::string place_of(const config::Url& url, const config::EndpointTls& tls) {
  auto place = url.scheme + "://" + (url.unix_path.empty() ? url.authority() : url.unix_path);
  if (!tls.ca.empty()) place += " ca " + tls.ca;
  if (tls.certificate) place += " certificate " + tls.certificate->certificate + " key " + tls.certificate->key;
  if (!tls.server_name.empty()) place += " server_name " + tls.server_name;
  return tls.verify ? place : place + " unverified";
}

void take_in_facts(SnapshotModel& model, const ModelReport& report) {
  if (report.created != 0 && (model.created == 0 || report.created < model.created)) model.created = report.created;
  if (model.owned_by.empty()) model.owned_by = report.owned_by;
  if (report.context_length) {
    model.context_length = std::min(*report.context_length, model.context_length.value_or(*report.context_length));
  }
}

}  // namespace

// What an endpoint serves under one name that clients may use.
struct SnapshotBuilder::Offer {
  std::string_view name;
  std::string_view name_there;
  const ModelReport* report;
  std::uint32_t max_concurrent = 0;
  std::uint32_t model = 0;  // index into SnapshotEndpoint::models
};

void SnapshotBuilder::add(const config::Endpoint& endpoint, const LearnedPtr& learned,
                          const std::vector<boost::asio::generic::stream_protocol::endpoint>& addresses,
                          std::shared_ptr<EndpointLoad> load, ModelLoads& model_loads,
                          std::optional<net::TlsClient> tls) {
  snapshot_.endpoints.push_back({
      .name = endpoint.name,
      .url = endpoint.url,
      .place = place_of(endpoint.url, endpoint.tls),
      .host_header = endpoint.url.authority(),
      .key_header = endpoint.api_key_header,
      .authorization = config::credentials(endpoint.api_key_header, endpoint.api_key),
      .weight = endpoint.weight,
      .priority = endpoint.priority,
      .max_concurrent = endpoint.max_concurrent,
      .timeouts = endpoint.timeouts,
      .account = endpoint.account,
      .health = learned->health,
      .addresses = addresses,
      .load = std::move(load),
      .models = {},
      .tls = std::move(tls),
      .apis = endpoint.apis,
      .learned = learned,
  });
  auto all = offers(endpoint, *learned);
  count_loads(all, model_loads);
  for (const Offer& offer : all) merge(offer, endpoint, *learned);
}

// Whatever it is called by clients, a model is one model there.
void SnapshotBuilder::count_loads(std::vector<Offer>& offers, ModelLoads& loads) {
  auto& models = snapshot_.endpoints.back().models;
  std::unordered_map<std::string_view, std::uint32_t> positions;
  for (Offer& offer : offers) {
    const auto [position, is_new] = positions.try_emplace(offer.name_there, static_cast<std::uint32_t>(models.size()));
    offer.model = position->second;
    if (!is_new) continue;
    auto found = loads.find(offer.name_there);
    if (found == loads.end()) found = loads.emplace(offer.name_there, std::make_shared<ModelLoad>()).first;
    models.push_back({found->second, offer.max_concurrent, std::string(offer.name_there)});
  }
}

// Ids stand before aliases, so that an endpoint's own model wins over an alias of the same name (see merge).
std::vector<SnapshotBuilder::Offer> SnapshotBuilder::offers(const config::Endpoint& endpoint, const Learned& learned) {
  std::vector<Offer> result;
  if (!endpoint.models) {
    for (const auto& model : learned.models)
      result.push_back({.name = model.id, .name_there = model.id, .report = &model});
    return result;
  }

  static const ModelReport not_listed;
  std::unordered_map<std::string_view, const ModelReport*> listed;
  for (const auto& model : learned.models) listed.emplace(model.id, &model);

  for (const auto& model : *endpoint.models) {
    const auto found = listed.find(model.id);
    result.push_back({model.id, model.id, found == listed.end() ? &not_listed : found->second, model.max_concurrent});
  }
  for (std::size_t i = 0; i < endpoint.models->size(); ++i) {
    const Offer under_its_id = result[i];
    for (const auto& alias : (*endpoint.models)[i].aliases) {
      result.push_back({.name = alias, .name_there = under_its_id.name_there, .report = under_its_id.report});
    }
  }
  return result;
}

void SnapshotBuilder::merge(const Offer& offer, const config::Endpoint& endpoint, const Learned& learned) {
  const auto number = static_cast<std::uint32_t>(snapshot_.endpoints.size() - 1);
  const auto [found, is_new] = merged_by_name_.try_emplace(offer.name, static_cast<std::uint32_t>(merged_.size()));
  if (is_new) merged_.emplace_back();
  SnapshotModel& model = merged_[found->second];
  if (!model.endpoints.empty() && model.endpoints.back() == number) return;  // the endpoint's first offer wins

  model.endpoints.push_back(number);
  model.ready = model.ready || snapshot_.endpoints.back().is_up();
  take_in_facts(model, *offer.report);
  const std::uint32_t name = position_of(offer.name_there, model.names);
  const bool is_limited = snapshot_.endpoints.back().models[offer.model].max_concurrent != 0;
  for (const auto& api : api_table) {
    const Verdict verdict = verdict_of(endpoint.apis, learned, *offer.report, api.api);
    const bool may_serve = uses_websocket(api) ? verdict == Verdict::yes : verdict != Verdict::no;
    if (may_serve) {
      model.candidates[api.api].push_back(
          {number, name, offer.model, verdict, offer.report->loaded == false, is_limited});
    }
  }
}

Snapshot SnapshotBuilder::finish(std::shared_ptr<const Rules> rules) {
  const auto rank = [this](const Candidate& candidate) {
    return std::tuple(candidate.verdict != Verdict::yes, snapshot_.endpoints[candidate.endpoint].priority,
                      candidate.endpoint);
  };
  const auto before = [&rank](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); };

  std::vector<std::pair<std::string_view, std::uint32_t>> by_name(merged_by_name_.begin(), merged_by_name_.end());
  std::sort(by_name.begin(), by_name.end());
  snapshot_.models.reserve(by_name.size());
  snapshot_.model_by_name.reserve(by_name.size());
  for (const auto& [name, number] : by_name) {
    SnapshotModel& model = merged_[number];
    model.id = name;
    const auto policy = rules->models.policies.find(model.id);
    const auto fallbacks = rules->models.fallbacks.find(model.id);
    model.policy = policy_named(policy == rules->models.policies.end() ? rules->routing.policy : policy->second);
    if (fallbacks != rules->models.fallbacks.end()) model.fallbacks = fallbacks->second;
    for (const auto& api : api_table) {
      auto& candidates = model.candidates[api.api];
      // They mostly were added in order, and looking is much cheaper than sorting.
      if (std::is_sorted(candidates.begin(), candidates.end(), before)) continue;
      std::sort(candidates.begin(), candidates.end(), before);
    }
    snapshot_.model_by_name.emplace(name, static_cast<std::uint32_t>(snapshot_.models.size()));
    snapshot_.models.push_back(std::move(model));
  }
  snapshot_.rules = std::move(rules);
  return std::move(snapshot_);
}

}  // namespace pointsman::registry
