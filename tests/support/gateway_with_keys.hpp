#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/key_command.hpp"
#include "support/raw_client.hpp"
#include "support/temp_directory.hpp"

namespace pointsman::test {

// For tests of keys that `pointsman keys` makes: a gateway whose databases outlive it, and an endpoint behind it.
class GatewayWithKeys : public testing::Test {
 protected:
  void start(const std::string& settings = "", const std::string& listen = "127.0.0.1:0") {
    upstream_.emplace(std::vector<std::string>{"m", "n"},
                      FakeUpstream::Routes{{"POST /v1/chat/completions", json(200, "{}")},
                                           {"POST /v1/embeddings", json(200, "{}")},
                                           {"POST /v1/messages", json(200, "{}")}});
    GatewayProcess::Options options;
    options.yaml = "probe: {interval: 1h}\n" + settings + "endpoints:\n" +
                   endpoint("e", upstream_->url(), "apis: {embeddings: true, messages: true, chat_completions: true}");
    options.listen = listen;
    options.home = home_.path();
    gateway_.emplace(options);
    gateway_->wait_until_ready();
  }
  void TearDown() override {
    gateway_.reset();
    upstream_.reset();
  }

  std::string file() const { return gateway_->file().string(); }
  std::string keys_db() const { return (home_.path() / "keys.db").string(); }
  // Makes a key of this name, and these options; returns when the gateway heeds it.
  std::string create(std::vector<std::string> words) const {
    words.insert(words.begin(), "--name");
    words.emplace_back("--wait");
    return token_from("create", file(), std::move(words));
  }

  int status(const std::string& token, const std::string& path = "/v1/chat/completions") const {
    return post(token, path).status();
  }
  Response post(const std::string& token, const std::string& path = "/v1/chat/completions",
                const std::string& content = R"({"model":"m","messages":[]})") const {
    return ask(gateway_->port(), "POST", path, content, headers_of(token));
  }
  Response get(const std::string& target, const std::string& token = "") const {
    return ask(gateway_->port(), "GET", target, "", headers_of(token));
  }
  Response operations(const std::string& target, const std::string& token = "") const {
    return ask(gateway_->operations_port(), "GET", target, "", headers_of(token));
  }
  bool becomes(int expected, const std::string& token) const {
    return eventually([&] { return status(token) == expected; });
  }
  // A change is heeded within the second that the documents promise; the rest is for a machine that is busy. Whoever
  // looked every few seconds would be too late with the second of two changes, which begins when the first is heeded.
  bool soon_becomes(int expected, const std::string& token) const {
    return eventually([&] { return status(token) == expected; }, Milliseconds(4'000));
  }

  static std::vector<demo::Header> headers_of(const std::string& token) {
    return token.empty() ? std::vector<demo::Header>{}
                         : std::vector<demo::Header>{{"Authorization", "Bearer " + token}};
  }

  TempDirectory home_;
  std::optional<FakeUpstream> upstream_;
  std::optional<GatewayProcess> gateway_;
};

}  // namespace pointsman::test
