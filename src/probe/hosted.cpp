#include "pointsman/probe/hosted.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/condition.hpp"

namespace pointsman::probe {
namespace {

using registry::Ability;
using registry::Api;
using registry::Health;
using registry::PerApi;
using registry::Provenance;
using registry::Verdict;

using Apis = std::initializer_list<Api>;

// What is in neither list is documented nowhere: the first requests will tell.
constexpr PerApi<Verdict> routes(Apis there, Apis missing) {
  PerApi<Verdict> result;
  for (const Api api : there) result[api] = Verdict::yes;
  for (const Api api : missing) result[api] = Verdict::no;
  return result;
}

constexpr auto of_openai =
    routes({Api::chat_completions, Api::completions, Api::responses, Api::responses_input_tokens,
            Api::responses_compact, Api::embeddings, Api::moderations, Api::audio_speech, Api::audio_transcriptions,
            Api::audio_translations, Api::images_generations, Api::images_edits, Api::images_variations,
            Api::conversations, Api::responses_websocket, Api::realtime},
           {Api::rerank, Api::tokenize, Api::detokenize, Api::messages, Api::messages_count_tokens});
constexpr auto of_azure =
    routes({Api::chat_completions, Api::completions, Api::responses, Api::embeddings, Api::audio_speech,
            Api::audio_transcriptions, Api::audio_translations, Api::images_generations, Api::images_edits},
           {Api::rerank, Api::tokenize, Api::detokenize, Api::messages, Api::messages_count_tokens});
constexpr auto of_openrouter = routes({Api::chat_completions, Api::completions, Api::responses, Api::embeddings}, {});
constexpr auto of_groq = routes(
    {Api::chat_completions, Api::responses, Api::audio_speech, Api::audio_transcriptions, Api::audio_translations}, {});
constexpr auto of_xai = routes({Api::chat_completions, Api::responses, Api::images_generations}, {});
constexpr auto of_together =
    routes({Api::chat_completions, Api::completions, Api::embeddings, Api::rerank, Api::audio_speech,
            Api::audio_transcriptions, Api::audio_translations, Api::images_generations},
           {});
constexpr auto of_hugging_face = routes({Api::chat_completions}, {});
constexpr auto of_gemini = routes({Api::chat_completions, Api::embeddings, Api::images_generations},
                                  {Api::responses, Api::responses_input_tokens, Api::responses_compact});

constexpr std::array table{
    Hosted{"api.openai.com", "openai", "OpenAI", "/v1", of_openai, ""},
    Hosted{"openai.azure.com", "azure-openai", "Azure OpenAI", "/openai/v1", of_azure, ""},
    Hosted{"services.ai.azure.com", "azure-openai", "Azure OpenAI", "/openai/v1", of_azure, ""},
    Hosted{"openrouter.ai", "openrouter", "OpenRouter", "/api/v1", of_openrouter, "/key"},
    Hosted{"api.groq.com", "groq", "Groq", "/openai/v1", of_groq, ""},
    Hosted{"api.x.ai", "xai", "xAI", "/v1", of_xai, ""},
    Hosted{"api.together.xyz", "together", "Together", "/v1", of_together, ""},
    Hosted{"api.together.ai", "together", "Together", "/v1", of_together, ""},
    Hosted{"router.huggingface.co", "huggingface-router", "the Hugging Face router", "/v1", of_hugging_face, ""},
    Hosted{"generativelanguage.googleapis.com", "gemini", "Gemini", "/v1beta/openai", of_gemini, ""},
};

struct Naming {
  std::string_view begins;
  Abilities abilities;
};

constexpr std::array names_of_openai{
    Naming{"text-embedding-", {Ability::embed}},
    Naming{"omni-moderation-", {Ability::moderate}},
    Naming{"text-moderation-", {Ability::moderate}},
    Naming{"whisper", {Ability::transcribe}},
    Naming{"gpt-4o-transcribe", {Ability::transcribe}},
    Naming{"gpt-4o-mini-transcribe", {Ability::transcribe}},
    Naming{"tts", {Ability::speak}},
    Naming{"gpt-4o-mini-tts", {Ability::speak}},
    Naming{"dall-e-", {Ability::draw}},
    Naming{"gpt-image-", {Ability::draw}},
};
constexpr std::array names_of_groq{
    Naming{"whisper-", {Ability::transcribe}},
    Naming{"distil-whisper-", {Ability::transcribe}},
    Naming{"playai-tts", {Ability::speak}},
    Naming{"canopylabs/orpheus-", {Ability::speak}},
};
constexpr std::array names_of_xai{
    Naming{"grok-2-image", {Ability::draw}},
    Naming{"grok-imagine-image", {Ability::draw}},
};
constexpr std::array names_of_gemini{
    Naming{"models/gemini-embedding-", {Ability::embed}},
    Naming{"models/text-embedding-", {Ability::embed}},
    Naming{"models/imagen-", {Ability::draw}},
    Naming{"models/gemini-2.5-flash-image", {Ability::chat, Ability::draw}},
    Naming{"models/gemini-3-pro-image", {Ability::chat, Ability::draw}},
};

// Providers whose lists hold models of all kinds and do not say which is which.
std::span<const Naming> names_of(std::string_view type) {
  if (type == "openai" || type == "azure-openai") return names_of_openai;
  if (type == "groq") return names_of_groq;
  if (type == "xai") return names_of_xai;
  if (type == "gemini") return names_of_gemini;
  return {};
}

// Models for conversations may be called anything.
bool has_names_of_its_own(std::span<const Naming> names, Ability ability) {
  const auto is_for_it = [&](const Naming& naming) { return naming.abilities.has(ability); };
  return ability != Ability::chat && std::ranges::any_of(names, is_for_it);
}

// A model that no naming fits is not made for what has names of its own; else nothing is known of it.
void note_by_name(const Hosted& hosted, WallTime at, registry::ModelReport& model) {
  // Realtime is for models that are called so, and its ability is any.
  if (hosted.type == "openai" && model.id.find("realtime") == std::string::npos) {
    model.apis[Api::realtime] = {Verdict::no, Provenance::profile, "OpenAI calls such models realtime", at};
  }
  const auto names = names_of(hosted.type);
  const auto fitting =
      std::ranges::find_if(names, [&](const Naming& naming) { return model.id.starts_with(naming.begins); });
  const bool fits = fitting != names.end();
  const std::string evidence = std::string(hosted.name) + " gives such models such names";
  for (const auto& row : registry::api_table) {
    auto& capability = model.apis[row.api];
    if (row.ability == Ability::any || capability.verdict != Verdict::unknown) continue;
    if (!fits && !has_names_of_its_own(names, row.ability)) continue;
    const bool is_made_for = fits && fitting->abilities.has(row.ability);
    capability = {is_made_for ? Verdict::yes : Verdict::no, Provenance::profile, evidence, at};
  }
}

bool is_host_or_below(std::string_view host, std::string_view known) {
  return host == known || (host.ends_with(known) && host[host.size() - known.size() - 1] == '.');
}

}  // namespace

const Hosted* hosted_at(const config::Url& url) {
  const auto found =
      std::ranges::find_if(table, [&](const Hosted& row) { return is_host_or_below(url.host, row.host); });
  return found == table.end() ? nullptr : &*found;
}

void explain_hosted(const Hosted& hosted, const config::Url& url, const Observation& listing,
                    registry::ProbeReport& report) {
  if (!listing.answered()) return;
  report.server_type = hosted.type;
  if (report.health != Health::down || url.base_path == hosted.base) return;
  config::Url right = url;
  right.base_path = hosted.base;
  report.detail = "this is " + std::string(hosted.name) + ", but at the path " + url.base_path +
                  " there is no list of models (HTTP " + std::to_string(listing.status) + "); try " + right.text();
}

net::Task<> examine_hosted(Conversation& conversation, const Hosted& hosted, const PerApi<bool>& due,
                           registry::ProbeReport& report) {
  const std::string evidence = "what is known of " + std::string(hosted.name);
  for (const auto& row : registry::api_table) {
    const Verdict verdict = hosted.routes[row.api];
    if (due[row.api] && verdict != Verdict::unknown)
      report.routes[row.api] = {verdict, Provenance::profile, evidence, report.at};
  }
  for (auto& model : report.models) note_by_name(hosted, report.at, model);

  if (hosted.key_page.empty()) co_return;
  Question question = get(conversation.api(hosted.key_page));
  const Observation key = co_await conversation.ask(std::move(question));
  if (key.status == 401 || key.status == 403) {
    note(condition_without_models(conversation.url(), conversation.has_key(), key), report);
  }
}

}  // namespace pointsman::probe
