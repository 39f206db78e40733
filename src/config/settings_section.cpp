#include "pointsman/config/settings_section.hpp"

#include <algorithm>

#include "pointsman/config/access_section.hpp"
#include "pointsman/config/characters.hpp"
#include "pointsman/config/endpoint_section.hpp"
#include "pointsman/config/file.hpp"
#include "pointsman/config/kinds.hpp"
#include "pointsman/config/listen_section.hpp"
#include "pointsman/config/quantities.hpp"
#include "pointsman/config/traces_section.hpp"

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

// No file, as on the command line: nothing is kept.
constexpr const char* in_memory = ":memory:";

void read_store(const Value& value, Settings& settings) {
  Mapping keys(value);
  const auto nowhere_or_path = [](const Value& written, std::string& target) {
    path(written, target);
    if (target == path_below(written.reading().directory, in_memory)) target = in_memory;
  };
  keys.read("path", nowhere_or_path, settings.store_path);
  keys.read("keys", path, settings.keys_path);
}

void policy(const Value& value, std::string& target) {
  OneOf{"least_loaded", "p2c_latency", "prefix_hash", "round_robin"}(value, target);
}

void fallbacks_of(const std::string& model, const Value& value, std::vector<std::string>& fallbacks) {
  if (value.kind() == Node::Kind::scalar || value.kind() == Node::Kind::mapping) {
    return value.complain("must be a list of what stands in for a model, in order, such as " +
                          quote(model + ": [medium, small]"));
  }
  for (const auto& item : value.some_items()) {
    auto& fallback = fallbacks.emplace_back();
    model_name(item, fallback);
    if (fallback == model) item.complain("names " + quote(model) + " to stand in for itself; leave it out");
  }
}

// What is said of models by their names. `read` gets the name, too.
template <class Rule, class Reader>
void by_model(const Value& value, std::string_view example, const Reader& read, std::map<std::string, Rule>& rules) {
  if (value.kind() == Node::Kind::scalar || value.kind() == Node::Kind::sequence) {
    return value.complain("must be a mapping from models, such as `" + std::string(example) + "`");
  }
  for (const auto& [model, rule] : value.entries()) {
    if (model.empty() || find_unfit(model) != std::string::npos) {
      rule.complain("belongs to a name that is empty or contains a control character");
    }
    read(model, rule, rules[model]);
  }
}

void read_fallbacks(const Value& value, std::map<std::string, std::vector<std::string>>& fallbacks) {
  by_model(value, "{big: [medium, small]}", fallbacks_of, fallbacks);
}

void read_policies(const Value& value, std::map<std::string, std::string>& policies) {
  const auto policy_of = [](const std::string&, const Value& rule, std::string& target) { policy(rule, target); };
  by_model(value, "{big: prefix_hash}", policy_of, policies);
}

void read_model_rules(const Value& value, ModelRules& rules) {
  Mapping keys(value);
  keys.read("fallbacks", read_fallbacks, rules.fallbacks);
  keys.read("fallback_on_context_length", boolean, rules.fallback_on_context_length);
  keys.read("policies", read_policies, rules.policies);
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

// true, false, or how.
void read_ledger(const Value& value, Ledger& ledger) {
  if (value.kind() == Node::Kind::scalar) return boolean(value, ledger.enabled);
  Mapping keys(value);
  keys.read("enabled", boolean, ledger.enabled);
  keys.read("path", path, ledger.path);
  keys.read("raw", days, ledger.raw);
  keys.read("hourly", days, ledger.hourly);
  keys.read("daily", days, ledger.daily);
}

// true, false, or how.
void read_access_log(const Value& value, Log& log) {
  if (value.kind() == Node::Kind::scalar) return boolean(value, log.access);
  Mapping keys(value);
  keys.read("file", path, log.access_file);
  keys.read("format", OneOf{"json", "text"}, log.access_format);
  keys.read("sample", share, log.access_sample);
}

void read_log(const Value& value, Log& log) {
  Mapping keys(value);
  keys.read("level", OneOf{"trace", "debug", "info", "warning", "error"}, log.level);
  keys.read("format", OneOf{"json", "text"}, log.format);
  keys.read("file", path, log.file);
  if (const auto access = keys.find("access")) read_access_log(*access, log);
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
  keys.read("store", read_store, settings);
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
  keys.read("ledger", read_ledger, settings.ledger);
  if (const auto traces = keys.find("traces")) read_traces(*traces, settings.traces.emplace());
  keys.read("log", read_log, settings.log);
  keep_listeners_apart(value, settings);
}

}  // namespace pointsman::config
