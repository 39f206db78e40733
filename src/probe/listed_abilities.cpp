#include "pointsman/probe/listed_abilities.hpp"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <nlohmann/json.hpp>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/bounded_json.hpp"

namespace pointsman::probe {
namespace {

using nlohmann::json;
using registry::Ability;
using registry::Api;
using registry::Verdict;

bool has(const json& array, std::string_view text) {
  return std::ranges::any_of(array, [&](const json& each) { return each.is_string() && each == text; });
}

ListedAbilities of(const Abilities& abilities, std::string words) {
  ListedAbilities listed{{}, std::move(words)};
  for (const auto& row : registry::api_table) {
    if (row.ability == Ability::any) continue;
    listed.apis[row.api] = abilities.has(row.ability) ? Verdict::yes : Verdict::no;
  }
  return listed;
}

// A gateway like ourselves: the APIs by our names. An empty list may mean that it does not know yet.
std::optional<ListedAbilities> by_supported_apis(const json& entry) {
  const auto* supported = member(entry, "supported_apis");
  if (supported == nullptr || !supported->is_array()) return std::nullopt;
  ListedAbilities listed{{}, "supported_apis " + supported->dump()};
  bool names_any = false;
  for (const auto& row : registry::api_table) {
    const bool is_named = has(*supported, row.name);
    names_any |= is_named;
    listed.apis[row.api] = is_named ? Verdict::yes : Verdict::no;
  }
  return names_any ? std::optional(std::move(listed)) : std::nullopt;
}

// Azure and xLLM: an object of flags.
std::optional<ListedAbilities> by_capability_flags(const json& entry) {
  const auto* flags = member(entry, "capabilities");
  if (flags == nullptr || !flags->is_object()) return std::nullopt;
  ListedAbilities listed{{}, "capabilities " + flags->dump()};
  bool says_any = false;
  const auto take = [&](const char* name, auto is_meant) {
    const auto* flag = member(*flags, name);
    if (flag == nullptr || !flag->is_boolean()) return;
    says_any = true;
    for (const auto& row : registry::api_table) {
      if (is_meant(row)) listed.apis[row.api] = flag->get<bool>() ? Verdict::yes : Verdict::no;
    }
  };
  const auto made_for = [](Ability ability) {
    return [ability](const registry::ApiRow& row) { return row.ability == ability; };
  };
  const auto only = [](Api api) { return [api](const registry::ApiRow& row) { return row.api == api; }; };
  // Who can chat can as a rule complete and respond too; a flag of its own knows better.
  take("chat_completion", made_for(Ability::chat));
  take("completion", only(Api::completions));
  take("responses", only(Api::responses));
  take("embeddings", made_for(Ability::embed));
  take("text_to_speech", made_for(Ability::speak));
  take("speech_to_text", made_for(Ability::transcribe));
  take("image_generation", made_for(Ability::draw));
  return says_any ? std::optional(std::move(listed)) : std::nullopt;
}

// OpenRouter and Hugging Face: what comes out. Images and sound are asked for by chat there.
std::optional<ListedAbilities> by_modalities(const json& entry) {
  const auto* architecture = member(entry, "architecture");
  const auto* outputs = architecture == nullptr ? nullptr : member(*architecture, "output_modalities");
  if (outputs == nullptr || !outputs->is_array() || outputs->empty()) return std::nullopt;
  const bool embeds = has(*outputs, "embeddings") || has(*outputs, "embedding");
  const bool reranks = has(*outputs, "rerank");
  Abilities abilities;
  if (embeds) abilities.add(Ability::embed);
  if (reranks) abilities.add(Ability::rerank);
  if (has(*outputs, "text") || (!embeds && !reranks)) abilities.add(Ability::chat);
  return of(abilities, "output_modalities " + outputs->dump());
}

struct Kind {
  std::string_view word;  // in lower case
  Abilities abilities;
};

std::optional<Abilities> abilities_of_kind(std::string_view word) {
  static const std::array kinds{
      Kind{"chat", {Ability::chat}},
      Kind{"llm", {Ability::chat}},
      Kind{"vlm", {Ability::chat}},
      Kind{"embedding", {Ability::embed}},
      Kind{"embeddings", {Ability::embed}},
      Kind{"rerank", {Ability::rerank}},
      Kind{"reranker", {Ability::rerank}},
      Kind{"image", {Ability::draw}},
      Kind{"transcribe", {Ability::transcribe}},
      Kind{"audio", {Ability::transcribe, Ability::speak}},
      Kind{"video", {}},
  };
  for (const auto& kind : kinds) {
    if (kind.word == word) return kind.abilities;
  }
  return std::nullopt;
}

// A model without a template for conversations.
ListedAbilities of_plain_language(std::string words) {
  ListedAbilities listed = of({Ability::chat}, std::move(words));
  for (const auto& row : registry::api_table) {
    const bool wants_a_template = row.ability == Ability::chat && row.api != Api::completions;
    if (wants_a_template) listed.apis[row.api] = Verdict::unknown;
  }
  return listed;
}

// What an audio model of Xinference has learned.
Abilities learned_abilities(const json& learned) {
  static constexpr std::array vocabulary{
      AbilityWord{"audio2text", Ability::transcribe},
      AbilityWord{"text2audio", Ability::speak},
  };
  return named_abilities(learned, vocabulary);
}

// Together and LM Studio: type; Xinference: model_type, and what the model has learned as model_ability.
std::optional<ListedAbilities> by_kind(const json& entry) {
  for (const char* name : {"type", "model_type"}) {
    const std::string word = boost::algorithm::to_lower_copy(text_member(entry, name));
    std::string words = std::string(name) + " \"" + word + "\"";
    const auto* learned = member(entry, "model_ability");
    const bool is_plain = word == "llm" && learned != nullptr && learned->is_array() && !learned->empty() &&
                          !has(*learned, "chat") && has(*learned, "generate");
    if (is_plain || word == "language" || word == "code") return of_plain_language(std::move(words));
    if (word == "audio" && learned != nullptr && !learned_abilities(*learned).empty()) {
      return of(learned_abilities(*learned), std::move(words));
    }
    if (const auto abilities = abilities_of_kind(word)) return of(*abilities, std::move(words));
  }
  return std::nullopt;
}

}  // namespace

std::optional<ListedAbilities> listed_abilities(const json& entry) {
  for (const auto way : {by_supported_apis, by_capability_flags, by_modalities, by_kind}) {
    if (auto listed = way(entry)) return listed;
  }
  return std::nullopt;
}

std::optional<bool> listed_as_loaded(const json& entry) {
  const std::string status = text_member(entry, "status");
  if (status == "loaded") return true;
  if (status == "unloaded") return false;
  return std::nullopt;
}

}  // namespace pointsman::probe
