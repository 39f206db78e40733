#include "pointsman/registry/verdict.hpp"

#include <optional>

namespace pointsman::registry {
namespace {

std::optional<Verdict> word_of_operator(const std::map<std::string, bool>& configured, Api api) {
  for (const auto& [name, offered] : configured) {
    if (name == row(api).name) return offered ? Verdict::yes : Verdict::no;
  }
  return std::nullopt;
}

const Capability& learned_of(const Learned& learned, const ModelReport& model, Api api) {
  const Capability& of_model = model.apis[api];
  return of_model.verdict != Verdict::unknown ? of_model : learned.routes[api];
}

}  // namespace

Verdict verdict_of(const std::map<std::string, bool>& configured, const Learned& learned, const ModelReport& model,
                   Api api) {
  return word_of_operator(configured, api).value_or(learned_of(learned, model, api).verdict);
}

Capability capability_of(const std::map<std::string, bool>& configured, const Learned& learned,
                         const ModelReport& model, Api api) {
  if (const auto word = word_of_operator(configured, api)) return {*word, Provenance::configured, "", {}};
  return learned_of(learned, model, api);
}

}  // namespace pointsman::registry
