#include "pointsman/probe/prober.hpp"

#include "pointsman/probe/condition.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/fingerprint.hpp"
#include "pointsman/probe/model_list.hpp"
#include "pointsman/probe/openapi.hpp"
#include "pointsman/probe/route_search.hpp"

namespace pointsman::probe {
namespace {

using registry::Health;
using registry::ProbeReport;

std::string_view owner(const ProbeReport& report) {
  return report.models.empty() ? std::string_view() : report.models.front().owned_by;
}

void remark(ProbeReport& report, const std::string& words) {
  if (words.empty()) return;
  if (!report.detail.empty()) report.detail += "; ";
  report.detail += words;
}

// There is a server, but no list of models at this base. What is it, and where would the list be? Only harmless
// questions: another list of models is none (family_llama_cpp_python.cpp).
net::Task<> explain(Conversation& conversation, const Observation& listing, ProbeReport& report) {
  const Fingerprint print = fingerprint(listing, "");
  if (print.distinct) {
    report.detail = misplaced(conversation.url(), listing.status, print.type, "/v1");
    co_return;
  }
  Question greeting = get("/");
  const Observation root = co_await conversation.ask(std::move(greeting));
  if (root.status == 200 && root.body.starts_with("Ollama is running")) {
    report.detail = misplaced(conversation.url(), listing.status, "Ollama", "/v1");
    co_return;
  }
  Question question = get("/openapi.json");
  const Observation document = co_await conversation.ask(std::move(question));
  const auto openapi = read_openapi(document, conversation.url());
  if (openapi && !openapi->models_base.empty()) {
    report.detail = misplaced(conversation.url(), listing.status, "", openapi->models_base);
  }
}

net::Task<> report_trouble(Conversation& conversation, const Observation& listing, ProbeReport& report) {
  note(condition_without_models(conversation.url(), conversation.has_key(), listing), report);
  if (report.health == Health::down && listing.status == 404) co_await explain(conversation, listing, report);
  const Fingerprint print = fingerprint(listing, "");
  if (report.health != Health::down && print.distinct) report.server_type = print.type;
}

// Names the server in the report. Returns how to examine it further: its family's row, or nullptr for the general way.
net::Task<const Family*> recognise(Conversation& conversation, const Known& known, const Observation& listing,
                                   Identity& identity, ProbeReport& report) {
  const Fingerprint print = fingerprint(listing, owner(report));
  const Family* family = family_of(print.type);
  if (family == nullptr) {
    report.server_type = print.type;
    co_return nullptr;
  }
  // What gave no sign and was none of the family before is none now.
  const bool was_none = known.server_type.empty() && !known.models.empty() && same_models(known.models, report.models);
  if (!print.distinct && was_none) co_return nullptr;
  identity = co_await family->identify(conversation);
  if (!identity.confirmed) co_return nullptr;
  report.server_type = family->type;
  report.version = identity.version;
  remark(report, identity.remark);
  co_return family;
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
  const Observation listing = co_await conversation.ask(std::move(question));
  auto list = listing.status == 200 ? read_models(listing.body) : std::nullopt;
  if (!list) {
    co_await report_trouble(conversation, listing, report);
    co_return;
  }
  report.health = Health::up;
  report.models_listed = true;
  remark(report, list->remark());
  report.models = std::move(list->models);

  Identity identity;
  const Family* family = co_await recognise(conversation, known, listing, identity, report);
  const auto due = routes_due(known, report, report.at);
  if (any(due) && !identity.let_sleep) {
    report.routes = co_await find_routes(conversation, family != nullptr ? family->means : Means(), due);
    findings.routes_asked = report.at;
    // Cut short: another version must look like one to the next probe too.
    if (conversation.is_over()) report.version = known.version;
  }
  if (family != nullptr && family->examine_models != nullptr) {
    co_await family->examine_models(conversation, known, report);
  }
  if (family != nullptr && family->read_load != nullptr && !identity.let_sleep) {
    co_await family->read_load(conversation, report);
  }
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

  findings.sent = conversation.take_sent();
  co_return findings;
}

}  // namespace pointsman::probe
