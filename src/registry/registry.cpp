#include "pointsman/registry/registry.hpp"

#include <utility>

#include "pointsman/registry/merging.hpp"
#include "pointsman/registry/snapshot_builder.hpp"

namespace pointsman::registry {
namespace {

void note_load(const ReportedLoad& said, EndpointLoad& load) {
  const std::uint32_t busy = said.running.value_or(0) + said.waiting.value_or(0);
  const std::uint32_t ours = load.in_flight;
  load.foreign = busy > ours ? busy - ours : 0;
  load.slots = said.slots.value_or(0);
}

}  // namespace

void Registry::configure(const std::vector<config::Endpoint>& endpoints,
                         const std::map<std::string, std::string>& defaults) {
  std::map<std::string, Entry, std::less<>> entries;
  for (const auto& endpoint : endpoints) {
    Entry entry;
    entry.health = EndpointHealth(patience_);
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

void Registry::configure(Patience patience) {
  patience_ = patience;
  for (auto& [name, entry] : entries_) entry.health.set_patience(patience);
}

void Registry::restore(std::string_view endpoint, Learned learned) {
  Entry* entry = find(endpoint);
  if (entry == nullptr) return;
  entry->health = EndpointHealth(patience_, learned.health);
  entry->learned = std::make_shared<Learned>(std::move(learned));
}

LearnedPtr Registry::apply(std::string_view endpoint, ProbeReport report) {
  Entry* entry = find(endpoint);
  if (entry == nullptr) return nullptr;

  entry->health.probed(report.health);
  note_load(report.load, *entry->load);
  const Health health = entry->health.now();
  // While it is in doubt, the words of the probe are not about the health that holds.
  std::string detail = health == report.health ? std::move(report.detail) : entry->learned->detail;
  Learned next = merged(*entry->learned, std::move(report));
  next.health = health;
  next.detail = std::move(detail);
  return entry->learned = std::make_shared<Learned>(std::move(next));
}

LearnedPtr Registry::fault(std::string_view endpoint) {
  Entry* entry = find(endpoint);
  if (entry == nullptr || !entry->health.fault()) return nullptr;
  if (entry->health.now() == entry->learned->health) return entry->learned;
  const auto next = std::make_shared<Learned>(*entry->learned);
  next->health = entry->health.now();
  next->detail = "the last requests to it failed; it is probed again at once";
  return entry->learned = next;
}

void Registry::success(std::string_view endpoint) {
  if (Entry* entry = find(endpoint)) entry->health.success();
}

bool Registry::is_in_doubt(std::string_view endpoint) const {
  const Entry* entry = find(endpoint);
  return entry != nullptr && entry->health.is_in_doubt();
}

LearnedPtr Registry::learn(const Lesson& lesson, WallTime at) {
  Entry* entry = find(lesson.endpoint);
  if (entry == nullptr) return nullptr;
  const auto next = std::make_shared<Learned>(*entry->learned);
  if (!take_in(lesson, at, *next)) return nullptr;
  return entry->learned = next;
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

Registry::Addresses Registry::addresses(std::string_view endpoint) const {
  const Entry* entry = find(endpoint);
  return entry == nullptr ? Addresses() : entry->addresses;
}

LearnedPtr Registry::learned(std::string_view endpoint) const {
  const Entry* entry = find(endpoint);
  return entry == nullptr ? nullptr : entry->learned;
}

SnapshotPtr Registry::build() {
  SnapshotBuilder builder;
  for (const auto& endpoint : endpoints_) {
    Entry& entry = *find(endpoint.name);
    // Of a model that is gone and that no request names any more.
    std::erase_if(entry.model_loads, [](const auto& each) { return each.second.use_count() == 1; });
    builder.add(endpoint, entry.learned, entry.addresses, entry.load, entry.model_loads, entry.tls);
  }
  auto snapshot = std::make_shared<Snapshot>(builder.finish(rules_));
  snapshot->number = ++number_;
  for (auto& endpoint : snapshot->endpoints) endpoint.number = names_.number(endpoint.name);
  for (const auto& [api_name, model] : defaults_) {
    if (const auto api = api_named(api_name)) snapshot->default_models[*api] = model;
  }
  std::erase_if(budgets_, [](const auto& each) { return each.second.use_count() == 1; });
  for (auto& model : snapshot->models) {
    auto& budget = budgets_[model.id];
    if (!budget) budget = std::make_shared<RetryBudget>();
    model.budget = budget;
    model.number = names_.number(model.id);
  }
  return snapshot;
}

Registry::Entry* Registry::find(std::string_view endpoint) {
  const auto found = entries_.find(endpoint);
  return found == entries_.end() ? nullptr : &found->second;
}

const Registry::Entry* Registry::find(std::string_view endpoint) const {
  const auto found = entries_.find(endpoint);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace pointsman::registry
