#include "pointsman/doctor/collector.hpp"

#include "pointsman/net/tls_client.hpp"
#include "pointsman/probe/client.hpp"
#include "pointsman/traces/collector_answer.hpp"

namespace pointsman::doctor {
namespace {

constexpr const char* subject = "traces";

}  // namespace

net::Task<Diagnosis> examine_collector(config::Traces traces, Milliseconds timeout) {
  if (!traces.collector) co_return Diagnosis();
  probe::Target target;
  target.url = *traces.collector;
  const auto where = target.url.text();
  if (target.url.scheme == "https") {
    config::EndpointTls tls;
    tls.ca = traces.ca_file;
    auto client = net::TlsClient::create(target.url, tls);
    if (!client) {
      co_return Diagnosis{{Severity::error, subject, where, client.error().message, "correct `traces.ca_file`"}};
    }
    target.tls = std::move(*client);
  }
  probe::Client collector(std::move(target));
  const auto seen = co_await collector.reach(std::chrono::steady_clock::now() + timeout);
  if (seen.answered()) co_return Diagnosis{{Severity::ok, subject, where, "the collector can be reached", ""}};
  co_return Diagnosis{{Severity::warning, subject, where,
                       "the collector cannot be reached: " + traces::judge(seen, WallTime()).cause +
                           "; serving goes on, and spans are lost",
                       "start the collector, or correct `traces.collector`"}};
}

}  // namespace pointsman::doctor
