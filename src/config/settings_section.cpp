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

void policy(const Value& value, std::string& target) {
  OneOf{"least_loaded", "p2c_latency", "prefix_hash", "round_robin"}(value, target);
}

// What is said of models by their names.
template <class Rule, class Reader>
auto by_model(const Reader& read) {
  return [&read](const Value& value, std::map<std::string, Rule>& rules) {
    for (const auto& [model, rule] : value.entries()) {
      if (model.empty() || find_unfit(model) != std::string::npos) {
        rule.complain("belongs to a name that is empty or contains a control character");
      }
      read(rule, rules[model]);
    }
  };
}

void read_model_rules(const Value& value, ModelRules& rules) {
  Mapping keys(value);
  keys.read("fallbacks", by_model<std::vector<std::string>>(model_names), rules.fallbacks);
  keys.read("fallback_on_context_length", boolean, rules.fallback_on_context_length);
  keys.read("policies", by_model<std::string>(policy), rules.policies);
}

void read_defaults(const Value& value, std::map<std::string, std::string>& defaults) {
  Mapping keys(value);
  const auto& apis = value.reading().vocabulary.apis;
  for (const auto& api : apis) {
    if (const auto found = keys.find(api)) model_name(*found, defaults[api]);
  }
  // Those of images mostly have one model.
  const auto is_of_images = [](const std::string& api) { return api.starts_with("images_"); };
  if (std::none_of(apis.begin(), apis.end(), is_of_images)) return;
  const auto of_images = keys.find("images");
  for (const auto& api : apis) {
    if (of_images && is_of_images(api) && !defaults.contains(api)) model_name(*of_images, defaults[api]);
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
  keys.read("policy", policy, routing.policy);
  keys.read("attempts", WholeNumber(1, 10), routing.attempts);
  keys.read("retry_budget", percent, routing.retry_budget);
  keys.read("failover_after", duration_or_none, routing.failover_after);
  keys.read("retry_after", duration_or_none, routing.retry_after);
}

void read_queue(const Value& value, Queue& queue) {
  Mapping keys(value);
  keys.read("length", WholeNumber(0, 1'000'000), queue.length);
  keys.read("wait", duration, queue.wait);
}

void read_shutdown(const Value& value, Shutdown& shutdown) {
  Mapping keys(value);
  keys.read("grace", duration_or_none, shutdown.grace);
  keys.read("drain", duration, shutdown.drain);
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
  keys.read("models", read_model_rules, settings.models);
  keys.read("defaults", read_defaults, settings.defaults);
  keys.read("probe", read_probe, settings.probe);
  keys.read("routing", read_routing, settings.routing);
  keys.read("queue", read_queue, settings.queue);
  keys.read("shutdown", read_shutdown, settings.shutdown);
  keys.read("ownership", read_ownership, settings.ownership);
  keys.read("limits", read_limits, settings.limits);
  keys.read("log", read_log, settings.log);
  keep_listeners_apart(value, settings);
}

}  // namespace pointsman::config
