#include "pointsman/daemon/changes.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace pointsman::daemon {
namespace {

using config::Settings;

const config::Endpoint* find(const Settings& settings, const std::string& name) {
  const auto found = std::find_if(settings.endpoints.begin(), settings.endpoints.end(),
                                  [&](const auto& each) { return each.name == name; });
  return found == settings.endpoints.end() ? nullptr : &*found;
}

void compare_endpoints(const Settings& running, const Settings& wanted, Changes& changes) {
  for (const auto& endpoint : wanted.endpoints) {
    const auto* before = find(running, endpoint.name);
    if (before == nullptr) {
      changes.added.push_back(endpoint.name);
    } else if (*before != endpoint) {
      changes.changed.push_back(endpoint.name);
    }
  }
  for (const auto& endpoint : running.endpoints) {
    if (find(wanted, endpoint.name) == nullptr) changes.removed.push_back(endpoint.name);
  }
}

// Lists the name if what the two settings say of it differs.
template <class Value>
void compare(std::vector<std::string>& list, const char* name, const Value& running, const Value& wanted) {
  if (running != wanted) list.emplace_back(name);
}

auto access_lines(const config::Log& log) {
  return std::tie(log.access, log.access_file, log.access_format, log.access_sample);
}

}  // namespace

Changes changes(const Settings& running, const Settings& wanted) {
  Changes changes;
  compare_endpoints(running, wanted, changes);
  auto& now = changes.sections;
  compare(now, "access", running.access, wanted.access);
  compare(now, "defaults", running.defaults, wanted.defaults);
  compare(now, "models", running.models, wanted.models);
  compare(now, "probe", running.probe, wanted.probe);
  compare(now, "routing", running.routing, wanted.routing);
  compare(now, "queue", running.queue, wanted.queue);
  compare(now, "shutdown", running.shutdown, wanted.shutdown);
  compare(now, "limits", running.limits, wanted.limits);
  compare(now, "log.level", running.log.level, wanted.log.level);
  auto& later = changes.at_next_start;
  compare(later, "listen", running.listen, wanted.listen);
  compare(later, "operations", running.operations, wanted.operations);
  compare(later, "workers", running.workers, wanted.workers);
  compare(later, "store", running.store_path, wanted.store_path);
  compare(later, "store.keys", running.keys_path, wanted.keys_path);
  compare(later, "ownership", running.ownership, wanted.ownership);
  compare(later, "ledger", running.ledger, wanted.ledger);
  compare(later, "traces", running.traces, wanted.traces);
  compare(later, "log.format", running.log.format, wanted.log.format);
  compare(later, "log.file", running.log.file, wanted.log.file);
  compare(later, "log.access", access_lines(running.log), access_lines(wanted.log));
  return changes;
}

Settings applicable(const Settings& running, Settings wanted) {
  const std::string level = std::move(wanted.log.level);
  wanted.listen = running.listen;
  wanted.operations = running.operations;
  wanted.workers = running.workers;
  wanted.store_path = running.store_path;
  wanted.keys_path = running.keys_path;
  wanted.ownership = running.ownership;
  wanted.ledger = running.ledger;
  wanted.traces = running.traces;
  wanted.log = running.log;
  wanted.log.level = level;
  return wanted;
}

}  // namespace pointsman::daemon
