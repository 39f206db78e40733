#include "pointsman/registry/registry.hpp"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "pointsman/registry/snapshot_builder.hpp"

namespace pointsman::registry {
namespace {

// An unknown in `found` leaves what was known, with how and since when.
void keep_known(const PerApi<Capability>& known, PerApi<Capability>& found) {
  for (const auto& api : api_table) {
    const Capability& before = known[api.api];
    if (found[api.api].verdict == Verdict::unknown && before.verdict != Verdict::unknown) found[api.api] = before;
  }
}

void keep_known(const ModelReport& known, ModelReport& found) {
  // Some servers say that their models were created now, whenever they are asked.
  if (known.created != 0) found.created = known.created;
  if (found.owned_by.empty()) found.owned_by = known.owned_by;
  if (!found.context_length) found.context_length = known.context_length;
  keep_known(known.apis, found.apis);
}

void note_load(const ReportedLoad& said, EndpointLoad& load) {
  const std::uint32_t busy = said.running.value_or(0) + said.waiting.value_or(0);
  const std::uint32_t ours = load.in_flight;
  load.foreign = busy > ours ? busy - ours : 0;
  load.slots = said.slots.value_or(0);
}

// The listed models with what was known of them. A model listed twice is there once; one without a name cannot be
// asked for, and the database keeps an endpoint's routes under that name.
std::vector<ModelReport> merged(const std::vector<ModelReport>& known, std::vector<ModelReport> listed) {
  std::unordered_map<std::string_view, const ModelReport*> known_by_id;
  for (const auto& model : known) known_by_id.emplace(model.id, &model);

  std::unordered_set<std::string> seen;
  std::vector<ModelReport> result;
  result.reserve(listed.size());
  for (auto& model : listed) {
    if (model.id.empty() || !seen.insert(model.id).second) continue;
    if (const auto found = known_by_id.find(model.id); found != known_by_id.end()) keep_known(*found->second, model);
    result.push_back(std::move(model));
  }
  return result;
}

}  // namespace

void Registry::configure(const std::vector<config::Endpoint>& endpoints,
                         const std::map<std::string, std::string>& defaults) {
  std::map<std::string, Entry, std::less<>> entries;
  for (const auto& endpoint : endpoints) {
    Entry entry;
    if (auto before = entries_.extract(endpoint.name)) {
      if (before.mapped().url == endpoint.url) {
        entry = std::move(before.mapped());
      } else {
        entry.load = std::move(before.mapped().load);
      }
    }
    entry.url = endpoint.url;
    entries.emplace(endpoint.name, std::move(entry));
  }
  endpoints_ = endpoints;
  entries_ = std::move(entries);
  defaults_ = defaults;
}

void Registry::restore(std::string_view endpoint, Learned learned) {
  if (Entry* entry = find(endpoint)) entry->learned = std::make_shared<Learned>(std::move(learned));
}

const Learned* Registry::apply(std::string_view endpoint, ProbeReport report) {
  Entry* entry = find(endpoint);
  if (entry == nullptr) return nullptr;

  const auto next = std::make_shared<Learned>(*entry->learned);
  Learned& learned = *next;
  learned.health = report.health;
  learned.detail = std::move(report.detail);
  learned.probed_at = report.at;
  // Only an endpoint that answered can tell that it is no longer what it was.
  if (report.health == Health::up || !report.server_type.empty()) {
    learned.server_type = std::move(report.server_type);
    learned.version = std::move(report.version);
  }
  keep_known(learned.routes, report.routes);
  learned.routes = std::move(report.routes);
  if (report.models_listed) learned.models = merged(learned.models, std::move(report.models));
  note_load(report.load, *entry->load);
  entry->learned = next;
  return next.get();
}

void Registry::secured(std::string_view endpoint, net::TlsClient tls) {
  if (Entry* entry = find(endpoint)) entry->tls = std::move(tls);
}

bool Registry::resolved(std::string_view endpoint, Addresses addresses) {
  Entry* entry = find(endpoint);
  if (entry == nullptr || entry->addresses == addresses) return false;
  entry->addresses = std::move(addresses);
  return true;
}

const Learned* Registry::learned(std::string_view endpoint) const {
  const auto found = entries_.find(endpoint);
  return found == entries_.end() ? nullptr : found->second.learned.get();
}

SnapshotPtr Registry::build() {
  SnapshotBuilder builder;
  for (const auto& endpoint : endpoints_) {
    const Entry& entry = *find(endpoint.name);
    builder.add(endpoint, entry.learned, entry.addresses, entry.load, entry.tls);
  }
  auto snapshot = std::make_shared<Snapshot>(builder.finish());
  snapshot->number = ++number_;
  for (const auto& [api_name, model] : defaults_) {
    if (const auto api = api_named(api_name)) snapshot->default_models[*api] = model;
  }
  return snapshot;
}

Registry::Entry* Registry::find(std::string_view endpoint) {
  const auto found = entries_.find(endpoint);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace pointsman::registry
