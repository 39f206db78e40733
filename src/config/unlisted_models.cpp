#include "pointsman/config/unlisted_models.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/config/nearest.hpp"

namespace pointsman::config {
namespace {

const Node& below(const Node& node, std::string_view key) {
  static const Node nothing;
  const auto* found = node.find(key);
  return found == nullptr ? nothing : *found;
}

}  // namespace

std::vector<std::string> named_models(const Settings& settings) {
  std::vector<std::string> names;
  for (const auto& endpoint : settings.endpoints) {
    if (!endpoint.models) continue;
    for (const auto& model : *endpoint.models) {
      names.push_back(model.id);
      names.insert(names.end(), model.aliases.begin(), model.aliases.end());
    }
  }
  return names;
}

std::vector<std::string> listed_models(const Settings& settings, const Vocabulary& vocabulary) {
  const auto lists_all = [](const Endpoint& endpoint) { return endpoint.models.has_value(); };
  if (settings.endpoints.empty() || settings.probe.discover) return {};
  if (!std::ranges::all_of(settings.endpoints, lists_all)) return {};
  auto names = named_models(settings);
  names.insert(names.end(), vocabulary.models.begin(), vocabulary.models.end());
  return names;
}

void warn_of_unlisted_models(const Node& root, const Settings& settings, Reading& reading) {
  const auto names = listed_models(settings, reading.vocabulary);
  if (names.empty()) return;
  const auto look_at = [&](Place place, const std::string& name, std::string_view consequence) {
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
    const auto meant = nearest(name, names);
    reading.problems.push_back(warning_at(place, "no endpoint lists the model " + quote(name) + ": " +
                                                     std::string(consequence) +
                                                     (meant.empty() ? "" : "; did you mean " + quote(meant) + "?")));
  };
  // What is wrong with a value was said when it was read.
  const auto look_at_value = [&](const Node& value, std::string_view consequence) {
    const auto expansion = expand(value.text, reading.environment);
    if (expansion.complaints.empty()) look_at(value.place, expansion.text, consequence);
  };

  const auto& models = below(root, "models");
  for (const auto& [model, place, fallbacks] : below(models, "fallbacks").entries) {
    look_at(place, model, "every request for it goes to what stands in for it");
    for (const auto& fallback : fallbacks.items) look_at_value(fallback, "it cannot stand in");
  }
  for (const auto& [model, place, policy] : below(models, "policies").entries) {
    look_at(place, model, "its policy is never used");
  }
  for (const auto& [api, place, model] : below(root, "defaults").entries) {
    look_at_value(model, "requests that get it are answered 404");
  }
}

}  // namespace pointsman::config
