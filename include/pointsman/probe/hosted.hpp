#pragma once

#include <string_view>

#include "pointsman/config/settings.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/probe/conversation.hpp"
#include "pointsman/registry/report.hpp"

// The providers that everybody knows by their host. What they offer is looked up, not asked for: nothing but their list
// of models is requested, because whatever else they answer may be billed, counted or logged as misuse.
namespace pointsman::probe {

struct Hosted {
  std::string_view host;  // this one, and those below it: of openai.azure.com each resource has its own
  std::string_view type;  // the server_type
  std::string_view name;  // for people
  std::string_view base;  // where its routes begin
  registry::PerApi<registry::Verdict> routes;
  std::string_view key_page;  // below the base: tells whether the key is good where the list of models does not
};

// nullptr: the URL's host is none of them.
const Hosted* hosted_at(const config::Url& url);

// There is no list of models at that base: names the server, and the right base if another one is written.
void explain_hosted(const Hosted& hosted, const config::Url& url, const Observation& listing,
                    registry::ProbeReport& report);

// Fills in the routes that are due and what the names of the listed models tell where the list itself does not.
net::Task<> examine_hosted(Conversation& conversation, const Hosted& hosted, const registry::PerApi<bool>& due,
                           registry::ProbeReport& report);

}  // namespace pointsman::probe
