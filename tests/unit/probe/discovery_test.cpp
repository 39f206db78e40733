#include "pointsman/probe/discovery.hpp"

#include <gmock/gmock.h>

#include "../../support/doubles/axum.hpp"
#include "../../support/doubles/llama_server.hpp"
#include "../../support/doubles/locked.hpp"
#include "../../support/doubles/ollama.hpp"
#include "../../support/doubles/vllm.hpp"
#include "pointsman/config/load.hpp"
#include "probing.hpp"

namespace pointsman::probe {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;

const SystemClock system_clock;

std::vector<std::string> names(const std::vector<Discovered>& discovered) {
  std::vector<std::string> result;
  for (const auto& each : discovered) result.push_back(each.endpoint.name);
  return result;
}

TEST(Discovery, LooksWhereTheWellKnownServersListen) {
  std::vector<std::uint16_t> ports;
  for (const auto& each : well_known_ports()) ports.push_back(each.port);
  EXPECT_THAT(ports, ElementsAre(11434, 1234, 8000, 8080, 30000));
}

TEST(Discovery, FindsTheServersAmongTheOthers) {
  Running<OllamaServer> ollama;
  Running<OllamaServer> second_ollama;
  Running<VllmServer> vllm;
  Running<AxumServer> unknown;
  Running<LockedServer> locked;
  Running<LlamaServer> loading;
  loading.server->loading = true;
  ServerDouble page([](const Asked&) { return Reply::text(200, "<html>"); });
  std::uint16_t closed_port = 0;
  {
    ServerDouble gone([](const Asked&) { return Reply{}; });
    closed_port = gone.port();
  }

  const auto discovered =
      run(discover({ollama.sockets.port(), closed_port, vllm.sockets.port(), page.port(), locked.sockets.port(),
                    second_ollama.sockets.port(), unknown.sockets.port(), loading.sockets.port()},
                   5s, system_clock));
  EXPECT_THAT(names(discovered), ElementsAre("ollama", "vllm", "ollama-2", "endpoint", "llama.cpp"));
  EXPECT_EQ(discovered.at(0).endpoint.url, ollama.sockets.url());
  EXPECT_EQ(discovered.at(1).report.version, "0.11.2");
}

TEST(Discovery, FindsNothingWhereNothingIs) { EXPECT_TRUE(run(discover({}, 1s, system_clock)).empty()); }

TEST(Discovery, AllAreAskedSideBySide) {
  const auto hang = [](const Asked&) { return Reply{.raw = "HTTP/1.1", .never_ends = true}; };
  ServerDouble first(hang), second(hang), third(hang), fourth(hang);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(run(discover({first.port(), second.port(), third.port(), fourth.port()}, 1s, system_clock)).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s) << "one after the other takes four";
}

TEST(Discovery, WhatWasFoundCanBeWrittenDown) {
  config::Endpoint ollama;
  ollama.name = "ollama";
  ollama.url = config::parse_url("http://127.0.0.1:11434").value();
  config::Endpoint llama;
  llama.name = "llama.cpp-2";
  llama.url = config::parse_url("http://127.0.0.1:8080").value();
  const auto yaml = as_yaml({ollama, llama});
  EXPECT_EQ(yaml,
            "endpoints:\n"
            "  - name: ollama\n    url: http://127.0.0.1:11434/v1\n"
            "  - name: llama.cpp-2\n    url: http://127.0.0.1:8080/v1\n");
  const auto loaded = config::load_text(yaml, {}, config::process_environment());
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.settings.endpoints, (std::vector{ollama, llama}));
}

}  // namespace
}  // namespace pointsman::probe
