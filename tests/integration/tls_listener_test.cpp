#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "pointsman/daemon/gateway.hpp"
#include "support/behind_tls.hpp"
#include "support/child_process.hpp"
#include "support/eventually.hpp"
#include "support/own_answer.hpp"

// TLS on a listener: who speaks something else to it, its certificate, and its time.
namespace pointsman::test {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;

class TlsListener : public BehindTls {
 protected:
  static std::ptrdiff_t lines_of(const std::string& output) { return std::count(output.begin(), output.end(), '\n'); }
  // How many handshakes failed for that reason.
  int failed(const std::string& reason) const {
    return std::stoi(gateway_->metric("pointsman_tls_handshakes_failed_total{reason=\"" + reason + "\"}"));
  }
};

TEST_F(TlsListener, SaysThatAClientDoesNotTrustIt) {
  start({{chat, json(200, "{}")}});
  const Tunnel distrusting({ipv4(), nullptr, ""}, {ipv4(gateway_->port()), tls_client(Certificate()), "127.0.0.1"});
  // The tunnel connects as soon as it is connected to, and resets once it has seen the certificate.
  RawClient(distrusting.port()).read_to_end();
  EXPECT_THAT(cause_of("TLS handshakes of clients failed"), HasSubstr("does not trust the listener's certificate"));
  EXPECT_THAT(gateway_->process().output(), HasSubstr(R"("reason":"no_trust","client":"127.0.0.1:)"));
  EXPECT_EQ(failed("no_trust"), 1);
  EXPECT_EQ(failed("version"), 0);
}

TEST_F(TlsListener, IsLoggedAsSuchAtTheStart) {
  start({{chat, json(200, "{}")}});
  const auto output = gateway_->process().output();
  EXPECT_THAT(output, ContainsRegex(R"("message":"pointsman runs","version":"[0-9.]+","endpoints":1,"keys":0\})"));
  EXPECT_THAT(output, ContainsRegex(R"("listener":"main","address":"127.0.0.1:[0-9]+","tls":true\})"));
  EXPECT_THAT(output, ContainsRegex(R"("listener":"operations","address":"127.0.0.1:[0-9]+","tls":false\})"));
}

TEST_F(TlsListener, TellsWhoeverSpeaksPlainHttpToIt) {
  start({{chat, json(200, "{}")}});
  RawClient plain(gateway_->port());
  plain.send(request(body));
  const auto response = plain.read_response();
  EXPECT_TRUE(is_own_error(response, 400));
  EXPECT_THAT(message_of(response), HasSubstr("speaks TLS; write https://"));
  EXPECT_TRUE(plain.at_end());
}

TEST_F(TlsListener, DoesNotMindNoise) {
  start({{chat, json(200, "{}")}});
  EXPECT_EQ(post().status(), 200);
  ASSERT_TRUE(gateway_->says("\"access\""));
  const auto lines_before = lines_of(gateway_->process().output());
  for (int i = 0; i < 50; ++i) {
    RawClient noise(gateway_->port());
    noise.send("\x16\x03\x01\x02" + random_text(600));
    noise.half_close();
    noise.read_to_end();
    RawClient(gateway_->port()).reset();
    RawClient(gateway_->port()).close();
  }
  EXPECT_TRUE(eventually([&] { return failed("left") == 50; })) << failed("left");
  EXPECT_LE(lines_of(gateway_->process().output()) - lines_before, 3) << "one in ten seconds at most";
  EXPECT_EQ(post().status(), 200);
}

// In this process, so that time passes when a test says so.
class TlsInTime : public BehindTls {
 protected:
  TlsInTime() {
    show(certificate_of("first"));
    settings_.listen.front() = {
        {"127.0.0.1", 0, ""},
        config::CertificateFiles{(files_.path() / "c.pem").string(), (files_.path() / "c.key").string()}};
    settings_.operations.address.port = 0;
    settings_.store_path = ":memory:";
    settings_.workers = 1;  // which takes connections in their order
    gateway_.emplace(settings_, clock_, log_);
    if (const auto started = gateway_->start(); !started) throw std::runtime_error(started.error().message);
    port_ = port_of(gateway_->addresses().front());
    operations_port_ = port_of(gateway_->operations_address());
  }

  static std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  Certificate certificate_of(const std::string& name) const {
    return Certificate({.common_name = name, .from = clock_.wall() - 1h}, authority_);
  }
  void show(const Certificate& certificate) const {
    file("c.pem", certificate.pem());
    file("c.key", certificate.key());
  }

  ManualClock clock_;
  config::Settings settings_;
  observe::Log log_{{.level = observe::Level::error, .access = false}};
  std::optional<daemon::Gateway> gateway_;
  std::uint16_t port_ = 0;
  std::uint16_t operations_port_ = 0;
};

TEST_F(TlsInTime, TheCertificateOfAListenerIsRenewed) {
  const Tunnel tunnel({ipv4(), nullptr, ""}, {ipv4(port_), tls_client(authority_), ""});
  const std::string question = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  RawClient early(tunnel.port());
  early.send(question);
  EXPECT_EQ(early.read_response().status(), 200);
  EXPECT_THAT(tunnel.seen().names, ElementsAre("first"));

  show(certificate_of("second"));
  clock_.advance(net::CertificateRenewal::interval);
  EXPECT_TRUE(eventually([&] {
    EXPECT_EQ(ask(tunnel.port(), "GET", "/healthz").status(), 200);
    return tunnel.seen().names.back() == "second";
  }));
  early.send(question);
  EXPECT_EQ(early.read_response().status(), 200) << "who was there before stays";
}

TEST_F(TlsInTime, WhatKeepsACertificateFromBeingRenewedIsTold) {
  const auto failures = [&] {
    const auto answer = ask(operations_port_, "GET", "/readyz?verbose");
    return nlohmann::json::parse(answer.body).at("certificate_failures");
  };
  EXPECT_EQ(failures(), nlohmann::json::array());
  file("c.key", authority_.key());
  const auto fail = [&] {
    clock_.advance(net::CertificateRenewal::interval);
    return !failures().empty();
  };
  ASSERT_TRUE(eventually(fail));
  const auto failure = failures().at(0);
  EXPECT_EQ(failure.at("listener"), gateway_->addresses().front());
  EXPECT_EQ(failure.at("certificate"), (files_.path() / "c.pem").string());
  EXPECT_EQ(failure.at("key"), (files_.path() / "c.key").string());
  EXPECT_EQ(failure.at("problem"), "the key does not belong to the certificate");
  EXPECT_GE(failure.at("seconds"), 5);

  show(certificate_of("second"));
  EXPECT_TRUE(eventually([&] { return !fail(); }));
}

TEST_F(TlsInTime, AHandshakeThatDoesNotGoOnIsEnded) {
  RawClient silent(port_);
  RawClient slow(port_);
  slow.send("\x16\x03\x01");
  const Tunnel tunnel({ipv4(), nullptr, ""}, {ipv4(port_), tls_client(authority_), ""});
  EXPECT_EQ(ask(tunnel.port(), "GET", "/healthz").status(), 200) << "the two before it have been accepted";
  clock_.advance(http::Limits().head_time + net::Worker::tick);
  EXPECT_TRUE(silent.at_end());
  EXPECT_TRUE(slow.at_end());
}

TEST_F(TlsListener, AWrongCertificateIsRefusedBeforeTheStart) {
  const auto check = [&](const Certificate& certificate, const Certificate& key) {
    const auto file =
        files_.write("pointsman.yaml", "listen: {address: 127.0.0.1:0, tls: {certificate: c.pem, key: k.pem}}");
    files_.write("c.pem", certificate.pem());
    files_.write("k.pem", key.key());
    ChildProcess process({pointsman_binary().string(), "check-config", file.string()}, {});
    const int exit_code = process.wait_for_exit(20s);
    return std::to_string(exit_code) + " " + process.output();
  };
  EXPECT_THAT(check(certificate_, certificate_), HasSubstr("0 "));
  EXPECT_THAT(check(certificate_, authority_),
              testing::AllOf(testing::StartsWith("2 "), HasSubstr("does not belong to the certificate")));
  const Certificate expired({.until = SystemClock().wall() - 1min});
  EXPECT_THAT(check(expired, expired),
              testing::AllOf(testing::StartsWith("2 "), HasSubstr("the certificate expired on 20")));
}

}  // namespace
}  // namespace pointsman::test
