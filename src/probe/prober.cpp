#include "pointsman/probe/prober.hpp"

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/condition.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/fingerprint.hpp"
#include "pointsman/probe/hosted.hpp"
#include "pointsman/probe/model_list.hpp"
#include "pointsman/probe/openapi.hpp"
#include "pointsman/probe/route_search.hpp"

namespace pointsman::probe {
namespace {

using registry::Health;
using registry::ProbeReport;

Fingerprint fingerprint_of(const Observation& listing, const ProbeReport& report) {
  if (report.models.empty()) return fingerprint(listing, "");
  const auto& first = report.models.front();
  return fingerprint(listing, first.owned_by, first.id);
}

void remark(ProbeReport& report, const std::string& words) {
  if (words.empty()) return;
  if (!report.detail.empty()) report.detail += "; ";
  report.detail += words;
}

// LM Studio's way to say that a route is missing, with the status 200.
bool is_unexpected_endpoint(const Observation& listing) {
  return listing.body.find("Unexpected endpoint") != std::string::npos;
}

// There is a server, but no list of models at this base. What is it, and where would the list be? Only harmless
// questions: another list of models is none (family_llama_cpp_python.cpp), and neither is the root of any server but
// one that may be an Ollama (family_tgi.cpp).
net::Task<> explain(Conversation& conversation, const Observation& listing, ProbeReport& report) {
  const Fingerprint print = fingerprint(listing, "");
  if (print.distinct) {
    report.detail = misplaced(conversation.url(), listing.status, print.type, "/v1");
    co_return;
  }
  if (is_unexpected_endpoint(listing)) {
    report.detail = misplaced(conversation.url(), listing.status, "LM Studio", "/v1");
    co_return;
  }
  if (listing.body.starts_with("404 page not found")) {
    Question greeting = get("/");
    const Observation root = co_await conversation.ask(std::move(greeting));
    if (root.status == 200 && root.body.starts_with("Ollama is running")) {
      report.detail = misplaced(conversation.url(), listing.status, "Ollama", "/v1");
      co_return;
    }
  }
  Question question = get("/openapi.json");
  const Observation document = co_await conversation.ask(std::move(question));
  const auto openapi = read_openapi(document, conversation.url());
  if (openapi && !openapi->models_base.empty()) {
    report.detail = misplaced(conversation.url(), listing.status, "", openapi->models_base);
    co_return;
  }
  config::Url usual = conversation.url();
  usual.base_path = "/v1";
  if (usual != conversation.url()) report.detail += "; most servers have theirs at " + usual.text();
}

net::Task<> report_trouble(Conversation& conversation, const Observation& listing, ProbeReport& report) {
  note(condition_without_models(conversation.url(), conversation.has_key(), listing), report);
  if (const Hosted* hosted = hosted_at(conversation.url())) {
    explain_hosted(*hosted, conversation.url(), listing, report);
    co_return;
  }
  const bool is_missing = listing.status == 404 || is_unexpected_endpoint(listing);
  if (report.health == Health::down && is_missing) co_await explain(conversation, listing, report);
  const Fingerprint print = fingerprint(listing, "");
  if (report.health != Health::down && print.distinct) report.server_type = print.type;
}

// Names the server in the report. Returns how to examine it further: its family's row, or nullptr for the general way.
net::Task<const Family*> recognise(Conversation& conversation, const Known& known, const Observation& listing,
                                   Identity& identity, ProbeReport& report) {
  const Fingerprint print = fingerprint_of(listing, report);
  const Family* family = family_of(print.type);
  if (family == nullptr) {
    report.server_type = print.type;
    report.version = print.version;
    co_return nullptr;
  }
  // What gave no sign and was none of the family before is none now.
  const bool was_none = known.server_type.empty() && !known.models.empty() && same_models(known.models, report.models);
  if (!print.distinct && was_none) co_return nullptr;
  identity = co_await family->identify(conversation);
  if (!identity.confirmed) co_return nullptr;
  report.server_type = family->type;
  report.version = identity.version.empty() ? print.version : identity.version;
  remark(report, identity.remark);
  co_return family;
}

// What this version is known to have where asking did not tell.
void take_for_granted(const Identity& identity, const registry::PerApi<bool>& due, ProbeReport& report) {
  for (const auto& row : registry::api_table) {
    auto& route = report.routes[row.api];
    if (!due[row.api] || !identity.offered[row.api] || route.verdict != registry::Verdict::unknown) continue;
    const std::string evidence = report.server_type + " " + report.version + " has it";
    route = {registry::Verdict::yes, registry::Provenance::profile, evidence, report.at};
  }
}

bool have_changed(const registry::PerApi<registry::Capability>& known,
                  const registry::PerApi<registry::Capability>& asked) {
  for (const auto& row : registry::api_table) {
    const auto verdict = asked[row.api].verdict;
    if (verdict != registry::Verdict::unknown && verdict != known[row.api].verdict) return true;
  }
  return false;
}

bool any(const registry::PerApi<bool>& due) {
  for (const auto& row : registry::api_table) {
    if (due[row.api]) return true;
  }
  return false;
}

net::Task<> examine(Conversation& conversation, const Known& known, Findings& findings) {
  ProbeReport& report = findings.report;
  Question question = get(conversation.api("/models"));
  const Observation listing = co_await conversation.ask_once(std::move(question));
  auto list = listing.status == 200 ? read_models(listing.body, text(listing.asked), report.at) : std::nullopt;
  if (!list) {
    co_await report_trouble(conversation, listing, report);
    co_return;
  }
  report.health = Health::up;
  report.models_listed = true;
  remark(report, list->remark());
  report.models = std::move(list->models);

  if (const Hosted* hosted = hosted_at(conversation.url())) {
    report.server_type = hosted->type;
    const auto due = routes_due(known, report, report.at);
    if (any(due)) findings.routes_asked = report.at;
    co_await examine_hosted(conversation, *hosted, due, report);
    limit_to_routes(known.routes, report);
    co_return;
  }

  Identity identity;
  const Family* family = co_await recognise(conversation, known, listing, identity, report);
  const auto due = routes_due(known, report, report.at);
  if (any(due) && !identity.leave_alone) {
    report.routes = co_await find_routes(conversation, family != nullptr ? family->means : Means(), due, known.routes);
    take_for_granted(identity, due, report);
    findings.routes_asked = report.at;
    // Cut short: another version must look like one to the next probe too.
    if (conversation.is_over()) report.version = known.version;
  }
  if (family != nullptr && family->examine_models != nullptr) {
    const Known nothing;
    co_await family->examine_models(conversation, have_changed(known.routes, report.routes) ? nothing : known, report);
  }
  limit_to_routes(known.routes, report);
  if (family != nullptr && family->read_load != nullptr) co_await family->read_load(conversation, report);
}

}  // namespace

net::Task<Findings> probe(Target target, Known known, const Clock& clock) {
  Findings findings;
  findings.report.at = clock.wall();
  Conversation conversation(std::move(target), clock);

  const Family* family = family_of(known.server_type);
  const bool by_pulse = family != nullptr && family->take_pulse != nullptr && is_settled(known, clock.wall());
  const bool done = by_pulse && co_await family->take_pulse(conversation, known, findings.report);
  if (!done) co_await examine(conversation, known, findings);

  findings.cut_short = conversation.is_over();
  findings.sent = conversation.take_sent();
  co_return findings;
}

}  // namespace pointsman::probe
