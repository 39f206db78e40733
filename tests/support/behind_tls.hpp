#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/certificate.hpp"
#include "support/configuration.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"
#include "support/temp_directory.hpp"
#include "support/tunnel.hpp"

namespace pointsman::test {

// For tests of a gateway that speaks TLS on its listener and with its endpoint. Endpoints and clients are plain;
// tunnels stand between them and the gateway.
class BehindTls : public testing::Test {
 protected:
  static inline const std::string chat = "POST /v1/chat/completions";
  static inline const std::string body = R"({"model":"m","messages":[]})";
  static inline const std::string seldom = "probe: {interval: 1h}\n";

  // As the program does, for the gateway that runs in this process: OpenSSL writes without MSG_NOSIGNAL.
  BehindTls() { std::signal(SIGPIPE, SIG_IGN); }

  std::string file(const std::string& name, const std::string& content) const {
    return files_.write(name, content).string();
  }
  std::string tls_of(const std::string& name, const Certificate& certificate) const {
    return "{certificate: \"" + file(name + ".pem", certificate.pem()) + "\", key: \"" +
           file(name + ".key", certificate.key()) + "\"}";
  }
  std::string trust() const { return "tls: {ca: \"" + file("authority.pem", authority_.pem()) + "\"}"; }

  // An endpoint that speaks TLS, on the port of the one before, if there was one.
  void start_endpoint(FakeUpstream::Routes routes, const std::shared_ptr<Tunnel::Tls>& tls) {
    upstream_.emplace(std::vector<std::string>{"m"}, std::move(routes));
    endpoint_.emplace(Tunnel::End{ipv4(), tls, ""}, Tunnel::End{ipv4(upstream_->port()), nullptr, ""});
  }
  void start_endpoint(FakeUpstream::Routes routes) { start_endpoint(std::move(routes), tls_server(certificate_)); }
  void show_another_certificate(const Certificate& certificate) {
    const auto port = endpoint_->port();
    endpoint_.reset();
    endpoint_.emplace(Tunnel::End{ipv4(port), tls_server(certificate), ""},
                      Tunnel::End{ipv4(upstream_->port()), nullptr, ""});
  }
  std::string endpoint_url() const { return "https://127.0.0.1:" + std::to_string(endpoint_->port()); }

  // A gateway with TLS on its listener and towards its endpoint, and a way to it for plain clients.
  void start_gateway(const std::string& of_endpoint, const std::string& settings = seldom) {
    GatewayProcess::Options options;
    options.listen = "[{address: \"127.0.0.1:0\", tls: " + tls_of("listener", certificate_) + "}]";
    options.yaml = settings + "endpoints:\n" + endpoint("gpu", endpoint_url(), of_endpoint);
    gateway_.emplace(options);
    client_.emplace(Tunnel::End{ipv4(), nullptr, ""},
                    Tunnel::End{ipv4(gateway_->port()), tls_client(authority_), "127.0.0.1"});
  }
  void start(FakeUpstream::Routes routes) {
    start_endpoint(std::move(routes));
    start_gateway(trust());
    gateway_->wait_until_ready();
  }

  Response post() const { return ask(client_->port(), "POST", "/v1/chat/completions", body); }

  // The cause that a line of the log with this message says; waits for it.
  std::string cause_of(const std::string& message) const {
    std::string cause;
    gateway_->process().wait_for_output(
        [&](const std::string& output) {
          std::istringstream lines(output);
          for (std::string line; std::getline(lines, line);) {
            const auto entry = nlohmann::json::parse(line, nullptr, false);
            if (entry.is_object() && entry.value("message", "") == message) cause = entry.value("cause", "");
          }
          return !cause.empty();
        },
        std::chrono::seconds(10));
    return cause;
  }

  static std::string request(std::string_view content, std::string_view fields = "") {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(content.size()) + "\r\n" + std::string(fields) + "\r\n" + std::string(content);
  }

  static std::string random_text(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (auto& each : text) each = static_cast<char>('a' + (state = state * 1'664'525 + 1'013'904'223) % 26);
    return text;
  }

  TempDirectory files_;
  Certificate authority_;
  Certificate certificate_{Certificate::Terms{}, authority_};
  std::optional<FakeUpstream> upstream_;
  std::optional<Tunnel> endpoint_;
  std::optional<GatewayProcess> gateway_;
  std::optional<Tunnel> client_;
};

}  // namespace pointsman::test
