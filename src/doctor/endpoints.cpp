#include "pointsman/doctor/endpoints.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>

#include "pointsman/config/nearest.hpp"
#include "pointsman/config/problem.hpp"
#include "pointsman/doctor/amounts.hpp"
#include "pointsman/http/date.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/net/tls_client.hpp"
#include "pointsman/probe/client.hpp"

namespace pointsman::doctor {
namespace {

using registry::Health;

constexpr const char* subject = "endpoints";
constexpr Milliseconds slow{1'000};
constexpr std::chrono::seconds most_ahead{60};

std::string kind_of(const registry::ProbeReport& report) {
  if (report.server_type.empty()) return "a server of a kind that is not known";
  return report.server_type + (report.version.empty() ? "" : " " + report.version);
}

// What the file says of models that it does not have.
Diagnosis unlisted(const config::Endpoint& endpoint, const registry::ProbeReport& report) {
  if (!endpoint.models || !report.models_listed) return {};
  std::vector<std::string> names;
  for (const auto& model : report.models) names.push_back(model.id);
  Diagnosis diagnosis;
  for (const auto& model : *endpoint.models) {
    if (std::ranges::find(names, model.id) != names.end()) continue;
    const auto nearest = config::nearest(model.id, names);
    std::string what = "it does not list the model " + config::quote(model.id) + ", which `models` names";
    if (!model.aliases.empty()) what += ", so that " + config::quote(model.aliases.front()) + " is not served there";
    diagnosis.push_back({Severity::warning, subject, endpoint.name, std::move(what),
                         nearest.empty() ? "load it there, or take it out of `models`"
                                         : "was " + config::quote(nearest) + " meant? Otherwise load it there"});
  }
  return diagnosis;
}

Finding in_good_order(const config::Endpoint& endpoint, const Consultation& consultation) {
  const auto& report = consultation.found.report;
  std::string what = "is up: " + kind_of(report);
  if (report.models_listed) what += ", " + counted(report.models.size(), "model");
  if (consultation.took) what += ", answers in " + std::to_string(consultation.took->count()) + " ms";
  const bool is_slow = consultation.took && *consultation.took > slow;
  if (is_slow) return {Severity::warning, subject, endpoint.name, what, "look at its load, and at the network to it"};
  if (report.server_type.empty()) {
    return {Severity::note, subject, endpoint.name, what,
            "nothing: what it offers is told from its answers; `apis` of the endpoint says what cannot be told"};
  }
  return {Severity::ok, subject, endpoint.name, what, ""};
}

// Nobody but this machine sees what passes there.
bool stays_here(const config::Url& url) {
  return !url.unix_path.empty() || url.host == "localhost" || url.host.starts_with("127.") || url.host == "::1";
}

// As the gateway asks it, but for the key, which only a variable may hold.
std::string probe_command(const config::Endpoint& endpoint) {
  std::string command = endpoint.api_key.empty() ? "pointsman probe " : "KEY=… pointsman probe --key-env KEY ";
  if (endpoint.url.scheme == "https" && !endpoint.tls.verify) {
    command += "--insecure ";
  } else if (endpoint.url.scheme == "https" && !endpoint.tls.ca.empty()) {
    command += "--ca " + endpoint.tls.ca + " ";
  }
  if (endpoint.url.scheme == "https" && !endpoint.tls.server_name.empty()) {
    command += "--server-name " + endpoint.tls.server_name + " ";
  }
  return "`" + command + endpoint.url.text() + "`";
}

std::string advice_for(const config::Endpoint& endpoint, const Consultation& consultation) {
  if (consultation.failure == probe::Failure::unresolved) {
    return "`getent hosts " + endpoint.url.host + "` asks this machine's name service alone";
  }
  switch (consultation.found.report.health) {
    case Health::loading:
    case Health::busy: return "wait, and ask again";
    case Health::auth:
      if (!endpoint.api_key.empty()) return "correct `endpoints.api_key`; to try one: " + probe_command(endpoint);
      break;
    default: break;
  }
  return probe_command(endpoint) + " shows what it is asked and what it answers";
}

struct Round {
  std::vector<Consultation> consultations;
  std::size_t under_way = 0;
  net::Event all_done;
};

net::Task<> consult(std::shared_ptr<Round> round, std::size_t position, probe::Target target, const Clock& clock) {
  auto& result = round->consultations[position];
  probe::Client client(target);
  const auto began = clock.monotonic();
  const auto seen = co_await client.ask(probe::get(target.url.base_path + "/models"),
                                        std::chrono::steady_clock::now() + target.timeout);
  if (seen.answered()) {
    result.took = clock.monotonic() - began;
    const auto now = clock.wall();
    // It says whole seconds, and said so somewhen while we waited.
    if (const auto date = http::parse_date(seen.header("date"), now)) result.clock_ahead = *date - now;
  }
  result.failure = seen.failure;
  result.found = co_await probe::probe(std::move(target), {}, clock);
}

}  // namespace

Diagnosis judge_endpoint(const config::Endpoint& endpoint, const Consultation& consultation) {
  const auto& report = consultation.found.report;
  Diagnosis diagnosis;
  if (report.health == Health::up) {
    diagnosis.push_back(in_good_order(endpoint, consultation));
  } else {
    const bool passes = report.health == Health::loading || report.health == Health::busy;
    diagnosis.push_back({passes ? Severity::warning : Severity::error, subject, endpoint.name, report.detail,
                         advice_for(endpoint, consultation)});
  }
  if (report.models_listed && report.models.empty()) {
    diagnosis.push_back(
        {Severity::warning, subject, endpoint.name, "it lists no model, so that nothing goes there", "load one there"});
  } else {
    for (auto& each : unlisted(endpoint, report)) diagnosis.push_back(std::move(each));
  }
  if (endpoint.url.scheme == "http" && !endpoint.api_key.empty() && !stays_here(endpoint.url)) {
    diagnosis.push_back({Severity::note, subject, endpoint.name, "its key goes over the network in clear text",
                         "let it speak TLS, and write https:// in its URL"});
  }
  return diagnosis;
}

Diagnosis judge_clocks(const std::vector<Watch>& watches) {
  constexpr const char* clock = "clock";
  if (watches.empty()) return {};
  const auto is_off = [](const Watch& each) { return std::chrono::abs(each.ahead) > most_ahead; };
  const auto off = static_cast<std::size_t>(std::ranges::count_if(watches, is_off));
  if (off == 0) return {{Severity::ok, clock, "", "agrees with " + counted(watches.size(), "endpoint"), ""}};
  const auto in_words = [](const Watch& each) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(each.ahead)).count();
    return std::to_string(seconds) + " s " + (each.ahead > Milliseconds(0) ? "ahead" : "behind");
  };
  if (off > 1 && 2 * off > watches.size()) {
    const auto& first = *std::ranges::find_if(watches, is_off);
    return {{Severity::warning, clock, "",
             "the clocks of " + std::to_string(off) + " of " + counted(watches.size(), "endpoint") +
                 " are off against this machine's, that of " + first.endpoint + " is " + in_words(first),
             "set this machine's clock (`timedatectl`): certificates, keys that expire and budgets go by it"}};
  }
  Diagnosis diagnosis;
  for (const auto& each : watches) {
    if (!is_off(each)) continue;
    diagnosis.push_back({Severity::warning, clock, each.endpoint,
                         "its clock is " + in_words(each) + " of this machine's",
                         "see which of the two is right (`timedatectl`), and set the other"});
  }
  return diagnosis;
}

net::Task<Diagnosis> examine_endpoints(std::vector<config::Endpoint> endpoints, Milliseconds timeout,
                                       const Clock& clock) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto round = std::make_shared<Round>();
  round->consultations.resize(endpoints.size());
  round->under_way = endpoints.size();
  net::TlsClient::Authorities system;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto& endpoint = endpoints[i];
    probe::Target target;
    target.url = endpoint.url;
    target.api_key = endpoint.api_key;
    target.api_key_header = endpoint.api_key_header;
    target.timeout = timeout;
    if (endpoint.url.scheme == "https") {
      auto client = net::TlsClient::create(endpoint.url, endpoint.tls, system);
      if (!client) {
        auto& report = round->consultations[i].found.report;
        report.health = Health::down;
        report.detail = client.error().message;
        --round->under_way;
        continue;
      }
      target.tls = std::move(*client);
    }
    const auto done = [round](const std::exception_ptr& broken) {
      if (broken) std::rethrow_exception(broken);
      if (--round->under_way == 0) round->all_done.notify();
    };
    boost::asio::co_spawn(executor, consult(round, i, std::move(target), clock), done);
  }
  if (round->under_way > 0) co_await round->all_done.wait();

  Diagnosis diagnosis;
  std::vector<Watch> watches;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto& consultation = round->consultations[i];
    for (auto& each : judge_endpoint(endpoints[i], consultation)) diagnosis.push_back(std::move(each));
    if (consultation.clock_ahead) watches.push_back({endpoints[i].name, *consultation.clock_ahead});
  }
  for (auto& each : judge_clocks(watches)) diagnosis.push_back(std::move(each));
  co_return diagnosis;
}

}  // namespace pointsman::doctor
