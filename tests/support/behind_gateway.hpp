#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"

namespace pointsman::test {

struct Settings {
  std::string file = {};         // lines of the gateway's file
  std::string of_endpoint = {};  // more for its only endpoint
  std::vector<std::string> models = {"m"};
  demo::ScriptedServer::Options upstream = {};
};

// For tests that look at both sides of a gateway: one endpoint, `e`, that serves the model `m`.
class BehindGateway : public testing::Test {
 protected:
  void start(FakeUpstream::Routes routes, const Settings& settings = {});
  // Scripts use members of the test, so both sides end before it does.
  void TearDown() override {
    gateway_.reset();
    upstream_.reset();
  }

  std::uint16_t port() const { return gateway_->port(); }
  // Of the real requests, how many reached the endpoint.
  std::size_t requests_upstream() const { return upstream_->requests().size(); }

  // For scripts. Sends in two pieces, the second when the gateway has read the first.
  boost::asio::awaitable<void> send_split(Conversation& conversation, std::string bytes, std::size_t split) const;
  // Waits, without letting anything else happen upstream, until the gateway has read what was sent.
  void wait_until_gateway_has_read() const;

  std::optional<FakeUpstream> upstream_;
  std::optional<GatewayProcess> gateway_;

 private:
  std::atomic<std::uint16_t> upstream_port_ = 0;  // for the thread of the upstream
};

// Answers with the body that came, so that one look at the answer checks both directions.
Script echo();

}  // namespace pointsman::test
