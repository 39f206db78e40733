#include "pointsman/probe/hosted.hpp"

#include <algorithm>
#include <array>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/condition.hpp"

namespace pointsman::probe {
namespace {

using registry::Ability;
using registry::Health;
using registry::PerApi;
using registry::Provenance;
using registry::Verdict;

constexpr auto yes = Verdict::yes;
constexpr auto no = Verdict::no;
constexpr auto open = Verdict::unknown;  // documented nowhere, or said to come: the first requests will tell

// In the order of the table of APIs.
// The four that every provider has or is known not to have.
constexpr PerApi<Verdict> routes(Verdict chat, Verdict completions, Verdict responses, Verdict embeddings) {
  PerApi<Verdict> result;
  result[registry::Api::chat_completions] = chat;
  result[registry::Api::completions] = completions;
  result[registry::Api::responses] = responses;
  result[registry::Api::embeddings] = embeddings;
  return result;
}

constexpr PerApi<Verdict> with_websocket(PerApi<Verdict> routes) {
  routes[registry::Api::responses_websocket] = yes;
  routes[registry::Api::realtime] = yes;
  return routes;
}

constexpr std::array table{
    Hosted{"api.openai.com", "openai", "OpenAI", "/v1", with_websocket(routes(yes, yes, yes, yes)), ""},
    Hosted{"openai.azure.com", "azure-openai", "Azure OpenAI", "/openai/v1", routes(yes, yes, yes, yes), ""},
    Hosted{"services.ai.azure.com", "azure-openai", "Azure OpenAI", "/openai/v1", routes(yes, yes, yes, yes), ""},
    Hosted{"openrouter.ai", "openrouter", "OpenRouter", "/api/v1", routes(yes, yes, yes, open), "/key"},
    Hosted{"api.groq.com", "groq", "Groq", "/openai/v1", routes(yes, open, yes, open), ""},
    Hosted{"api.x.ai", "xai", "xAI", "/v1", routes(yes, open, yes, open), ""},
    Hosted{"api.together.xyz", "together", "Together", "/v1", routes(yes, yes, open, yes), ""},
    Hosted{"api.together.ai", "together", "Together", "/v1", routes(yes, yes, open, yes), ""},
    Hosted{"router.huggingface.co", "huggingface-router", "the Hugging Face router", "/v1",
           routes(yes, open, open, open), ""},
    Hosted{"generativelanguage.googleapis.com", "gemini", "Gemini", "/v1beta/openai", routes(yes, open, no, yes), ""},
};

struct Naming {
  std::string_view type;
  std::string_view begins;
  Ability ability;
};

// Providers whose lists hold models of all kinds and do not say which is which.
constexpr std::array namings{
    Naming{"openai", "text-embedding-", Ability::embed},
    Naming{"openai", "whisper-", Ability::transcribe},
    Naming{"openai", "tts-", Ability::speak},
    Naming{"openai", "dall-e-", Ability::draw},
    Naming{"openai", "gpt-image-", Ability::draw},
    Naming{"groq", "whisper-", Ability::transcribe},
    Naming{"gemini", "models/gemini-embedding-", Ability::embed},
    Naming{"gemini", "models/text-embedding-", Ability::embed},
    Naming{"gemini", "models/imagen-", Ability::draw},
};

// A model that no naming fits is none for embeddings where those have names of their own; else nothing is known of it.
void note_by_name(const Hosted& hosted, WallTime at, registry::ModelReport& model) {
  const auto set = [&](registry::Api api, Verdict verdict) {
    auto& capability = model.apis[api];
    const std::string evidence = std::string(hosted.name) + " gives such models such names";
    if (capability.verdict == Verdict::unknown) capability = {verdict, Provenance::profile, evidence, at};
  };
  const bool names_realtime = hosted.type == "openai";
  if (names_realtime && model.id.find("realtime") == std::string::npos) set(registry::Api::realtime, no);
  bool names_embeddings = false;
  for (const auto& naming : namings) {
    if (naming.type != hosted.type) continue;
    names_embeddings |= naming.ability == Ability::embed;
    if (!model.id.starts_with(naming.begins)) continue;
    for (const auto& row : registry::api_table) {
      if (row.ability != Ability::any) set(row.api, row.ability == naming.ability ? yes : no);
    }
    return;
  }
  if (names_embeddings) set(registry::Api::embeddings, no);
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
    if (due[row.api] && verdict != open) report.routes[row.api] = {verdict, Provenance::profile, evidence, report.at};
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
