#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/behind_tls.hpp"
#include "support/command.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"

namespace pointsman::test {

inline std::uint16_t free_port() { return FakeUpstream({}).port(); }

// What one run found.
struct Visit {
  int exit_code = -1;
  std::string output;
  nlohmann::json findings;

  // The severities of what says these words about that subject, joined.
  std::string severity(const std::string& subject, const std::string& words) const {
    std::string found;
    for (const auto& each : findings) {
      const auto text = each["where"].get<std::string>() + ": " + each["what"].get<std::string>();
      if (each["subject"] == subject && text.find(words) != std::string::npos) found += each["severity"];
    }
    return found;
  }
  std::string advice(const std::string& words) const {
    for (const auto& each : findings) {
      if (each["what"].get<std::string>().find(words) != std::string::npos) return each["advice"];
    }
    return "";
  }
};

// For tests of `pointsman doctor`, on real files and sockets.
class Doctor : public BehindTls {
 protected:
  // With its databases in the test's directory, and addresses that are free.
  std::string yaml(const std::string& more) const {
    return "listen: \"127.0.0.1:" + std::to_string(free_port()) +
           "\"\noperations: \"127.0.0.1:" + std::to_string(free_port()) +
           "\"\nlimits: {connections: 100, buffered: 1MiB}\nprobe: {timeout: 2s}\n" + store() + more;
  }
  std::string store() const { return "store: {path: \"" + database() + "\"}\n"; }
  std::string database() const { return (files_.path() / "state" / "pointsman.db").string(); }
  std::string ledger() const { return (files_.path() / "state" / "ledger.db").string(); }
  std::string written(const std::string& content) const { return file("pointsman.yaml", content); }

  static Visit visit(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment = {}) {
    arguments.insert(arguments.begin(), {"doctor", "--json"});
    const auto ended = run_command(arguments, environment);
    Visit visit{ended.exit_code, ended.output, {}};
    const auto report = nlohmann::json::parse(ended.output, nullptr, false);
    EXPECT_TRUE(report.is_object()) << ended.output;
    if (report.is_object()) visit.findings = report["findings"];
    return visit;
  }
  Visit see(const std::string& more, const std::map<std::string, std::string>& environment = {}) const {
    return visit({"--config", written(yaml(more))}, environment);
  }

  void make_databases() const {
    GatewayProcess::Options options;
    options.home = files_.path() / "state";
    options.yaml = "";
    GatewayProcess gateway(options);
    EXPECT_EQ(gateway.stop(), 0);
  }
};

}  // namespace pointsman::test
