#include "pointsman/api/endpoint_list.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pointsman/registry/registry.hpp"

namespace pointsman::api {
namespace {

using registry::Health;
using Json = nlohmann::json;

TEST(EndpointList, SaysHowEachEndpointIsAndWas) {
  config::Endpoint endpoint;
  endpoint.name = "gpu-1";
  endpoint.url = config::parse_url("http://gpu-1:8000").value();
  endpoint.api_key = Secret("never shown");
  endpoint.max_concurrent = 8;
  endpoint.models = {{"a", {}, 2}, {"b", {}, 0}, {"c", {}, 0}};
  registry::Registry registry;
  registry.configure({endpoint}, {});
  registry::Learned learned;
  learned.health = Health::down;
  learned.detail = "it cannot be reached";
  learned.server_type = "vllm";
  learned.version = "0.11";
  learned.models.resize(2);
  learned.models[0].id = "a";
  learned.models[1].id = "b";
  registry.restore("gpu-1", learned);
  const auto snapshot = registry.build();
  ++snapshot->endpoints[0].load->in_flight;
  ++snapshot->endpoints[0].models[0].load->in_flight;
  ManualClock clock;
  auto& breaker = snapshot->endpoints[0].models[1].load->breaker;
  for (std::uint32_t i = 0; i < registry::Breaker::faults_in_a_row; ++i) breaker.fault(clock.monotonic(), false);
  clock.advance(Milliseconds(300));

  const WallTime now = clock.wall();
  const HealthHistory history = [&](const std::string& name) -> std::vector<registry::HealthChange> {
    EXPECT_EQ(name, "gpu-1");
    return {{Health::up, Health::down, "it cannot be reached", now - std::chrono::seconds(60)},
            {Health::unknown, Health::up, "\xff", now + std::chrono::seconds(5)}};
  };
  const auto text = endpoint_list_body(*snapshot, history, {{"a", 3}}, clock);
  EXPECT_EQ(text.find("never shown"), std::string::npos);
  EXPECT_EQ(Json::parse(text), Json::parse(R"({"endpoints": [{
    "name": "gpu-1", "url": "http://gpu-1:8000/v1", "health": "down", "cause": "it cannot be reached",
    "server_type": "vllm", "version": "0.11", "models": 3,
    "in_flight": 1, "max_concurrent": 8, "breaker": {"state": "closed"},
    "model_states": [{"model": "a", "in_flight": 1, "max_concurrent": 2, "breaker": {"state": "closed"}},
                     {"model": "b", "in_flight": null, "max_concurrent": null,
                      "breaker": {"state": "open", "for_ms": 700}}],
    "changes": [{"from": "up", "to": "down", "cause": "it cannot be reached", "age_seconds": 60},
                {"from": "unknown", "to": "up", "cause": "\ufffd", "age_seconds": 0}]}],
    "queues": [{"model": "a", "waiting": 3}]})"));

  clock.advance(Milliseconds(700));
  const auto later = Json::parse(endpoint_list_body(*snapshot, history, {}, clock));
  EXPECT_EQ(later["endpoints"][0]["model_states"][1]["breaker"], Json::parse(R"({"state": "half_open"})"));
}

}  // namespace
}  // namespace pointsman::api
