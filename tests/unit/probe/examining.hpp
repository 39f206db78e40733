#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

#include "../../support/doubles/double.hpp"
#include "probing.hpp"

// What the tests of whole probes share: a probe of a double, and what to look at afterwards.
namespace pointsman::probe {

inline const ManualClock clock_of_test;

Findings examine(const config::Url& url, Known known = {}, const std::string& key = "");

// What the caller keeps from one probe to the next, as the registry would.
Known known_from(const Findings& findings);

// "yes yes no unknown": chat_completions, completions, responses, embeddings.
std::string verdicts(const registry::PerApi<registry::Capability>& apis);

// The APIs with that verdict, by their names, in the order of the table.
std::string named(const registry::PerApi<registry::Capability>& apis, registry::Verdict verdict);

// What the server has, and what of it nobody knows.
std::string offered(const Findings& findings);
std::string open(const Findings& findings);

// The same of a model, as far as it is known of that model itself.
std::string offered(const Findings& findings, const std::string& id);

std::string routes(const Findings& findings);

std::string model(const Findings& findings, const std::string& id);

// Whether that model is in memory; nothing: the server does not say.
std::optional<bool> loaded(const Findings& findings, const std::string& id);

// Whatever server it is: only questions of the white list.
void expect_harmless(const test::ServerDouble& sockets);

void expect_no_violations(const test::Double& server);
template <class Server>
void expect_no_violations(const test::Running<Server>& running) {
  expect_no_violations(*running.server);
}

// The same where the base is /v1, so that every question can be held against the white list.
template <class Server>
void expect_no_harm(const test::Running<Server>& running) {
  expect_no_violations(running);
  expect_harmless(running.sockets);
}

}  // namespace pointsman::probe
