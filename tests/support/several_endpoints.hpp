#pragma once

#include <gtest/gtest.h>

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "support/configuration.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"

namespace pointsman::test {

// For tests of what becomes of a request when an endpoint fails it: endpoints a, b, c ... in the order in which they
// are tried, that all serve the model `m` unless they say otherwise.
class SeveralEndpoints : public testing::Test {
 protected:
  struct Endpoint {
    Script chat;
    std::string more = {};
    std::vector<std::string> models = {"m"};
  };

  // One worker, and no further probe, so that nothing but the requests says how the endpoints are.
  void start(std::vector<Endpoint> endpoints, const std::string& settings = "") {
    std::string file = "workers: 1\nprobe: {interval: 1h}\n" + settings + "endpoints:\n";
    char name = 'a';
    for (auto& each : endpoints) {
      auto& upstream = upstreams_.emplace_back(
          each.models,
          FakeUpstream::Routes{{"POST /v1/chat/completions", each.chat}, {"POST /v1/responses", each.chat}});
      std::string more = each.more;
      if (more.find("priority") == more.npos) {
        more += (more.empty() ? "" : ", ") + std::string("priority: ") + std::to_string(name - 'a');
      }
      file += endpoint(std::string(1, name++), upstream.url(), more);
    }
    gateway_.emplace(file);
    gateway_->wait_until_ready(endpoints.size());
  }
  // Scripts use members of the test, so both sides end before it does.
  void TearDown() override {
    gateway_.reset();
    upstreams_.clear();
  }

  FakeUpstream& upstream(char name) { return *std::next(upstreams_.begin(), name - 'a'); }
  std::size_t requests(char name) { return upstream(name).requests().size(); }

  Response post(const std::string& body = R"({"model":"m","messages":[]})",
                const std::vector<demo::Header>& headers = {}) const {
    return ask(gateway_->port(), "POST", "/v1/chat/completions", body, headers);
  }
  // Who answers the request with 200; "" if nobody does.
  std::string answerer() const {
    const auto response = post();
    return response.status() == 200 ? response.field("x-pointsman-endpoint") : "";
  }

  std::list<FakeUpstream> upstreams_;
  std::optional<GatewayProcess> gateway_;
};

}  // namespace pointsman::test
