#include "pointsman/config/settings_section.hpp"

#include <algorithm>

#include "pointsman/config/access_section.hpp"
#include "pointsman/config/characters.hpp"
#include "pointsman/config/endpoint_section.hpp"
#include "pointsman/config/kinds.hpp"
#include "pointsman/config/listen_section.hpp"
#include "pointsman/config/quantities.hpp"

namespace pointsman::config {
namespace {

void read_workers(const Value& value, std::uint32_t& workers) {
  const auto text = value.text();
  if (!text) return;
  if (*text == "auto") {
    workers = 0;
    return;
  }
  const auto number = parse_whole_number(*text);
  if (!number || *number == 0 || *number > 1'024) return value.must_be("auto, or a whole number from 1 to 1024");
  workers = static_cast<std::uint32_t>(*number);
}

void read_store(const Value& value, std::string& store_path) {
  Mapping keys(value);
  keys.read("path", path, store_path);
}

void read_fallbacks(const Value& value, std::map<std::string, std::vector<std::string>>& fallbacks) {
  for (const auto& [model, substitutes] : value.entries()) {
    if (model.empty() || find_unfit(model) != std::string::npos) {
      substitutes.complain("belongs to a name that is empty or contains a control character");
    }
    model_names(substitutes, fallbacks[model]);
  }
}

void read_model_rules(const Value& value, Settings& settings) {
  Mapping keys(value);
  keys.read("fallbacks", read_fallbacks, settings.fallbacks);
}

void read_defaults(const Value& value, std::map<std::string, std::string>& defaults) {
  Mapping keys(value);
  for (const auto& api : value.reading().vocabulary.apis) {
    if (const auto found = keys.find(api)) model_name(*found, defaults[api]);
  }
}

void read_probe(const Value& value, Probe& probe) {
  Mapping keys(value);
  keys.read("interval", duration, probe.interval);
  keys.read("timeout", duration, probe.timeout);
  keys.read("discover", boolean, probe.discover);
  keys.read("failures", WholeNumber(1, 100), probe.failures);
  keys.read("successes", WholeNumber(1, 100), probe.successes);
}

void read_routing(const Value& value, Routing& routing) {
  Mapping keys(value);
  keys.read("policy", OneOf{"least_loaded", "p2c_latency", "prefix_hash", "round_robin"}, routing.policy);
  keys.read("attempts", WholeNumber(1, 10), routing.attempts);
  keys.read("retry_budget", percent, routing.retry_budget);
}

void read_ownership(const Value& value, Ownership& ownership) {
  Mapping keys(value);
  keys.read("lasts", duration, ownership.lasts);
  keys.read("in_memory", WholeNumber(1, 100'000'000), ownership.in_memory);
}

void read_limits(const Value& value, Limits& limits) {
  Mapping keys(value);
  keys.read("request_body", size, limits.request_body);
  keys.read("buffered", size, limits.buffered);
  keys.read("connections", WholeNumber(1, 1'000'000), limits.connections);
  keys.read("half_close", boolean, limits.half_close);
}

void read_log(const Value& value, Log& log) {
  Mapping keys(value);
  keys.read("level", OneOf{"trace", "debug", "info", "warning", "error"}, log.level);
  keys.read("format", OneOf{"json", "text"}, log.format);
  keys.read("access", boolean, log.access);
}

// Whether or not the file writes either of them.
void keep_listeners_apart(const Value& value, const Settings& settings) {
  const auto& operations = settings.operations.address;
  const bool is_shared = std::any_of(settings.listen.begin(), settings.listen.end(),
                                     [&](const Listener& listener) { return listener.address == operations; });
  if (!is_shared || (operations.port == 0 && operations.unix_path.empty())) return;
  value.complain("has " + operations.text() +
                 " both for `listen` and for `operations`; give one of them another address");
}

}  // namespace

void read_settings(const Value& value, Settings& settings) {
  Mapping keys(value);
  keys.read("listen", read_listen, settings.listen);
  keys.read("operations", read_listener, settings.operations);
  keys.read("workers", read_workers, settings.workers);
  keys.read("store", read_store, settings.store_path);
  keys.read("access", read_access, settings.access);
  keys.read("endpoints", read_endpoints, settings.endpoints);
  keys.read("models", read_model_rules, settings);
  keys.read("defaults", read_defaults, settings.defaults);
  keys.read("probe", read_probe, settings.probe);
  keys.read("routing", read_routing, settings.routing);
  keys.read("ownership", read_ownership, settings.ownership);
  keys.read("limits", read_limits, settings.limits);
  keys.read("log", read_log, settings.log);
  keep_listeners_apart(value, settings);
}

}  // namespace pointsman::config
