#include "examining.hpp"

#include <set>

namespace pointsman::probe {

Findings examine(const config::Url& url, Known known, const std::string& key) {
  return run(probe(target_of(url, key), std::move(known), clock_of_test));
}

Known known_from(const Findings& findings) {
  const auto& report = findings.report;
  return {report.server_type, report.version, report.models, report.routes, findings.routes_asked};
}

std::string verdicts(const registry::PerApi<registry::Capability>& apis) {
  using registry::Api;
  std::string text;
  for (const Api api : {Api::chat_completions, Api::completions, Api::responses, Api::embeddings}) {
    if (!text.empty()) text += " ";
    text += registry::name(apis[api].verdict);
  }
  return text;
}

std::string named(const registry::PerApi<registry::Capability>& apis, registry::Verdict verdict) {
  std::string text;
  for (const auto& row : registry::api_table) {
    if (registry::uses_websocket(row)) continue;  // tested on their own
    if (apis[row.api].verdict == verdict) text += (text.empty() ? "" : " ") + std::string(row.name);
  }
  return text;
}

std::string offered(const Findings& findings) { return named(findings.report.routes, registry::Verdict::yes); }

std::string open(const Findings& findings) { return named(findings.report.routes, registry::Verdict::unknown); }

std::string offered(const Findings& findings, const std::string& id) {
  for (const auto& each : findings.report.models) {
    if (each.id == id) return named(each.apis, registry::Verdict::yes);
  }
  return "not listed";
}

std::string routes(const Findings& findings) { return verdicts(findings.report.routes); }

std::string model(const Findings& findings, const std::string& id) {
  for (const auto& each : findings.report.models) {
    if (each.id == id) return verdicts(each.apis);
  }
  return "not listed";
}

std::optional<bool> loaded(const Findings& findings, const std::string& id) {
  for (const auto& each : findings.report.models) {
    if (each.id == id) return each.loaded;
  }
  return std::nullopt;
}

void expect_harmless(const test::ServerDouble& sockets) {
  static const std::set<std::string> fixed{"GET /",
                                           "GET /v1/models",
                                           "GET /openapi.json",
                                           "GET /v1/realtime",
                                           "GET /props",
                                           "GET /api/version",
                                           "GET /api/tags",
                                           "GET /version",
                                           "GET /metrics",
                                           "GET /health",
                                           "GET /system",
                                           "GET /v1/loads",
                                           "GET /model_info",
                                           "GET /get_model_info",
                                           "GET /info",
                                           "GET /v1/system/info",
                                           "GET /v1/cluster/version",
                                           "GET /v1/model/info",
                                           "GET /api/system",
                                           "GET /v0/system",
                                           "GET /v0/health",
                                           "GET /running",
                                           "GET /engines/ps",
                                           "GET /api/ps",
                                           "GET /api/v0/models",
                                           "GET /api/v1/models",
                                           "GET /api/extra/version",
                                           "GET /api/extra/perf",
                                           "GET /.well-known/localai.json",
                                           "GET /v1/health",
                                           "GET /v1/model",
                                           "GET /v1/model/embedding",
                                           "GET /v1/models/capabilities",
                                           "GET /v1/chat/completions",
                                           "GET /v1/completions",
                                           "GET /v1/responses",
                                           "GET /v1/embeddings",
                                           "GET /v1/conversations",
                                           "GET /v1/moderations",
                                           "GET /v1/rerank",
                                           "GET /tokenize",
                                           "GET /detokenize",
                                           "GET /v1/audio/speech",
                                           "GET /v1/audio/transcriptions",
                                           "GET /v1/audio/translations",
                                           "GET /v1/images/generations",
                                           "GET /v1/images/edits",
                                           "GET /v1/images/variations",
                                           "GET /v1/messages"};
  for (const auto& asked : sockets.asked()) {
    const bool is_baseline =
        asked.path.starts_with("/v1/does-not-exist-") || asked.path.starts_with("/does-not-exist-");
    if (asked.method == "GET") {
      EXPECT_TRUE(is_baseline || fixed.contains(asked.line())) << asked.line();
    } else {
      EXPECT_TRUE(asked.body == "{" || asked.line() == "POST /api/show") << asked.line() << " " << asked.body;
    }
  }
}

void expect_no_violations(const test::Double& server) { EXPECT_THAT(server.violations(), testing::IsEmpty()); }

}  // namespace pointsman::probe
