#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "pointsman/daemon/gateway.hpp"
#include "support/certificate.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/tunnel.hpp"

// TLS on both sides of the gateway, and the other ways to reach it: IPv6 and Unix-domain sockets. Endpoints and clients
// are plain; tunnels stand between them and the gateway.
namespace pointsman::test {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";
const std::string body = R"({"model":"m","messages":[]})";
const std::string seldom = "probe: {interval: 1h}\n";
const std::string often = "probe: {interval: 100ms, timeout: 2s}\n";

std::string request(std::string_view content, std::string_view fields = "") {
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(content.size()) + "\r\n" + std::string(fields) + "\r\n" + std::string(content);
}

class Tls : public testing::Test {
 protected:
  // As the program does, for the gateway that runs in this process: OpenSSL writes without MSG_NOSIGNAL.
  Tls() { std::signal(SIGPIPE, SIG_IGN); }

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
            const auto entry = Json::parse(line, nullptr, false);
            if (entry.is_object() && entry.value("message", "") == message) cause = entry.value("cause", "");
          }
          return !cause.empty();
        },
        10s);
    return cause;
  }

  TempDirectory files_;
  Certificate authority_;
  Certificate certificate_{Certificate::Terms{}, authority_};
  std::optional<FakeUpstream> upstream_;
  std::optional<Tunnel> endpoint_;
  std::optional<GatewayProcess> gateway_;
  std::optional<Tunnel> client_;
};

std::string random_text(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (auto& each : text) each = static_cast<char>('a' + (state = state * 1'664'525 + 1'013'904'223) % 26);
  return text;
}

TEST_F(Tls, CarriesAChatOnBothSides) {
  start({{chat, json(200, R"({"choices":[]})")}});
  const auto response = post();
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.body, R"({"choices":[]})");
  ASSERT_THAT(upstream_->requests(), SizeIs(1));
  EXPECT_EQ(upstream_->requests()[0].body, body);
}

TEST_F(Tls, CarriesAStreamAsItComes) {
  demo::Gate second_wanted;
  start({{chat, [&](Conversation& conversation) -> boost::asio::awaitable<void> {
            co_await conversation.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                "d\r\ndata: first\n\n\r\n");
            co_await conversation.wait(second_wanted);
            co_await conversation.send("e\r\ndata: second\n\n\r\n0\r\n\r\n");
          }}});
  RawClient client(client_->port());
  client.send(request(body));
  std::string received;
  while (received.find("data: first\n\n") == std::string::npos) received += client.read_some();
  second_wanted.open();
  while (!received.ends_with("0\r\n\r\n")) received += client.read_some();
  EXPECT_THAT(received, HasSubstr("\r\n\r\nd\r\ndata: first\n\n\r\ne\r\ndata: second\n\n\r\n0\r\n\r\n"));
}

TEST_F(Tls, CarriesEveryByteOfLargeBodies) {
  const auto sent = R"({"model":"m","padding":")" + random_text(5'000'000) + "\"}";
  const auto answer = random_text(7'000'000);
  start({{chat, json(200, answer)}});
  RawClient client(client_->port());
  client.send(request(sent));
  const auto response = client.read_response();
  EXPECT_TRUE(response.complete) << response.fault;
  EXPECT_TRUE(response.body == answer);
  ASSERT_THAT(upstream_->requests(), SizeIs(1));
  EXPECT_TRUE(upstream_->requests()[0].body == sent);
}

TEST_F(Tls, TakesPipelinedRequestsOneAfterTheOther) {
  start({{chat, json(200, "{}")}});
  RawClient client(client_->port());
  client.send(request(body) + request(body) + request(body));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read_response().status(), 200);
}

TEST_F(Tls, KeepsConnectionsToItsEndpointDespiteTheirTickets) {
  start({{chat, json(200, "{}")}});
  const auto before = endpoint_->seen().connections;
  RawClient client(client_->port());
  for (int i = 0; i < 5; ++i) {
    client.send(request(body));
    EXPECT_EQ(client.read_response().status(), 200);
  }
  EXPECT_EQ(endpoint_->seen().connections - before, 1u);
}

TEST_F(Tls, ResumesItsSessionsWithAnEndpoint) {
  start({{chat, json(200, "{}", {{"Connection", "close"}})}});
  const auto before = endpoint_->seen();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(post().status(), 200);
  const auto after = endpoint_->seen();
  EXPECT_EQ(after.connections - before.connections, 3u);
  EXPECT_EQ(after.resumed - before.resumed, 3u);
}

TEST_F(Tls, TakesTheClientsLeavingToTheEndpoint) {
  start({{chat, [](Conversation& conversation) -> boost::asio::awaitable<void> {
            co_await conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
            co_await conversation.until_client_leaves();
          }}});
  RawClient client(client_->port());
  client.send(request(body));
  while (client.read_some().find("x\r\n") == std::string::npos) continue;
  client.close();
  EXPECT_TRUE(upstream_->server().wait_for([](const auto& seen) { return seen.abandoned == 1; }, 10s));
}

// An answer that ends with its connection is whole only if TLS says so.
TEST_F(Tls, NeverTakesATruncatedAnswerForAWholeOne) {
  const auto until_close = [](Conversation& conversation) -> boost::asio::awaitable<void> {
    co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nso far");
    conversation.close();
  };
  start({{chat, until_close}});
  const auto old_request =
      "POST /v1/chat/completions HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  const auto whole = post();
  EXPECT_TRUE(whole.complete) << whole.fault;
  EXPECT_EQ(whole.body, "so far");
  RawClient old_client(client_->port());
  old_client.send(old_request);
  const auto old_whole = old_client.read_response();
  EXPECT_TRUE(old_whole.complete) << old_whole.fault;
  EXPECT_EQ(old_whole.body, "so far");

  endpoint_->truncate();
  const auto cut = post();
  EXPECT_EQ(cut.status(), 200);
  EXPECT_FALSE(cut.complete);
  RawClient old_client_again(client_->port());
  old_client_again.send(old_request);
  EXPECT_FALSE(old_client_again.read_response().complete);
}

TEST_F(Tls, RefusesAnEndpointThatIsNotWhoItShouldBe) {
  const auto now = SystemClock().wall();
  const Certificate stranger({.common_name = "stranger"});
  const std::pair<Certificate, std::string> cases[] = {
      {stranger, "self-signed certificate"},
      {Certificate({}, stranger), "unable to get local issuer certificate"},
      {Certificate({.names = "DNS:other.example"}, authority_), "IP address mismatch"},
      {Certificate({.until = now - 1min}, authority_), "certificate has expired"},
  };
  for (const auto& [certificate, words] : cases) {
    start({{chat, json(200, "{}")}});
    show_another_certificate(certificate);
    EXPECT_TRUE(is_own_error(post(), 502, "upstream_error")) << words;
    EXPECT_THAT(upstream_->requests(), IsEmpty()) << "nothing is sent to somebody unknown";
    const auto cause = cause_of("an endpoint failed a request");
    EXPECT_THAT(cause, HasSubstr("endpoint gpu cannot be reached: 127.0.0.1:"));
    EXPECT_THAT(cause, HasSubstr("TLS failed: the certificate is not to be trusted: " + words));
    EXPECT_EQ(gateway_->stop(), 0);

    // The prober says the same.
    start_gateway(trust(), often);
    EXPECT_THAT(cause_of("an endpoint is not up"), HasSubstr("is not to be trusted (" + words + ")"));
  }
}

TEST_F(Tls, VerifiesNobodyIfToldSo) {
  start_endpoint({{chat, json(200, "{}")}}, tls_server(Certificate({.common_name = "stranger"})));
  start_gateway("tls: {verify: false}");
  gateway_->wait_until_ready();
  EXPECT_EQ(post().status(), 200);
  EXPECT_THAT(gateway_->process().output(), HasSubstr("warning: `endpoints.tls.verify` is false"));
}

TEST_F(Tls, ShowsItsCertificateToAnEndpointThatAsks) {
  start_endpoint({{chat, json(200, "{}")}}, tls_server(certificate_, &authority_));
  start_gateway(trust(), often);
  EXPECT_THAT(cause_of("an endpoint is not up"), HasSubstr("certificate required"));
  EXPECT_EQ(gateway_->stop(), 0);

  const Certificate ours({.common_name = "gateway"}, authority_);
  auto tls = trust();
  tls.pop_back();
  start_gateway(tls + ", certificate: \"" + file("ours.pem", ours.pem()) + "\", key: \"" +
                file("ours.key", ours.key()) + "\"}");
  gateway_->wait_until_ready();
  EXPECT_EQ(post().status(), 200);
  EXPECT_THAT(endpoint_->seen().names, Not(IsEmpty()));
  EXPECT_THAT(endpoint_->seen().names, Each("gateway"));
}

// Two endpoints at one place, of which only one may be asked without our certificate.
TEST_F(Tls, KeepsConnectionsOfDifferentSettingsApart) {
  start_endpoint({{chat, json(200, "{}")}});
  const Certificate ours({.common_name = "gateway"}, authority_);
  auto tls = trust();
  GatewayProcess::Options options;
  options.yaml = seldom + "endpoints:\n" +
                 endpoint("one", endpoint_url(), tls + ", models: [{id: m, aliases: [one]}]") +
                 endpoint("other", endpoint_url(), "tls: {verify: false}, models: [{id: m, aliases: [other]}]");
  gateway_.emplace(options);
  gateway_->wait_until_ready(2);
  const auto before = endpoint_->seen().connections;
  RawClient client(gateway_->port());
  for (const std::string model : {"one", "other", "one", "other"}) {
    client.send(request(R"({"model":")" + model + R"("})"));
    EXPECT_EQ(client.read_response().field("x-pointsman-endpoint"), model);
  }
  EXPECT_EQ(endpoint_->seen().connections - before, 2u);
}

TEST_F(Tls, TellsWhoeverSpeaksPlainHttpToIt) {
  start({{chat, json(200, "{}")}});
  RawClient plain(gateway_->port());
  plain.send(request(body));
  const auto response = plain.read_response();
  EXPECT_TRUE(is_own_error(response, 400));
  EXPECT_THAT(message_of(response), HasSubstr("speaks TLS; write https://"));
  EXPECT_TRUE(plain.at_end());
}

TEST_F(Tls, DoesNotMindNoise) {
  start({{chat, json(200, "{}")}});
  EXPECT_EQ(post().status(), 200);
  const auto has_access_line = [](const std::string& output) { return output.find("\"access\"") != std::string::npos; };
  ASSERT_TRUE(gateway_->process().wait_for_output(has_access_line, Milliseconds(10'000)));
  const auto before = gateway_->process().output();
  for (int i = 0; i < 50; ++i) {
    RawClient noise(gateway_->port());
    noise.send("\x16\x03\x01\x02" + random_text(600));
    noise.half_close();
    noise.read_to_end();
    RawClient(gateway_->port()).reset();
    RawClient(gateway_->port()).close();
  }
  EXPECT_EQ(gateway_->process().output(), before) << "nothing is logged";
  EXPECT_EQ(post().status(), 200);
}

TEST_F(Tls, OverIpv6AndUnixSocketsOnBothSides) {
  const Certificate certificate({.names = "IP:::1"}, authority_);
  upstream_.emplace(std::vector<std::string>{"m"}, FakeUpstream::Routes{{chat, json(200, "{}")}});
  const Tunnel::End plain_server{ipv4(upstream_->port()), nullptr, ""};
  const auto endpoint_socket = (files_.path() / "endpoint.sock").string();
  const auto listener_socket = (files_.path() / "listener.sock").string();
  const Tunnel on_socket({unix_socket(endpoint_socket), nullptr, ""}, plain_server);
  const Tunnel on_ipv6({ipv6(), nullptr, ""}, plain_server);
  const Tunnel on_secure_ipv6({ipv6(), tls_server(certificate), ""}, plain_server);

  const auto v6 = [](const std::string& scheme, const Tunnel& tunnel) {
    return scheme + "://[::1]:" + std::to_string(tunnel.port());
  };
  GatewayProcess::Options options;
  options.listen = "[127.0.0.1:0, \"[::1]:0\", \"unix:" + listener_socket + "\", {address: \"unix:" + listener_socket +
                   "s\", tls: " + tls_of("listener", certificate_) + "}]";
  options.yaml = seldom + "endpoints:\n" +
                 endpoint("socket", "unix:" + endpoint_socket, "models: [{id: m, aliases: [a]}]") +
                 endpoint("ipv6", v6("http", on_ipv6), "models: [{id: m, aliases: [b]}]") +
                 endpoint("secure", v6("https", on_secure_ipv6), "models: [{id: m, aliases: [c]}], " + trust());
  gateway_.emplace(options);
  gateway_->wait_until_ready(3);

  // The second listener's line says its port.
  const auto output = gateway_->process().output();
  const auto line = output.find("\"[::1]:");
  ASSERT_NE(line, std::string::npos) << output;
  const auto ipv6_port = static_cast<std::uint16_t>(std::stoi(output.substr(line + 7)));
  const Tunnel to_ipv6({ipv4(), nullptr, ""}, {ipv6(ipv6_port), nullptr, ""});
  const Tunnel to_socket({ipv4(), nullptr, ""}, {unix_socket(listener_socket), nullptr, ""});
  const Tunnel to_secure_socket({ipv4(), nullptr, ""},
                                {unix_socket(listener_socket + "s"), tls_client(authority_), ""});
  for (const auto port : {gateway_->port(), to_ipv6.port(), to_socket.port(), to_secure_socket.port()}) {
    const std::pair<std::string, std::string> models[] = {{"a", "socket"}, {"b", "ipv6"}, {"c", "secure"}};
    for (const auto& [model, name] : models) {
      const auto response = ask(port, "POST", "/v1/chat/completions", R"({"model":")" + model + R"("})");
      EXPECT_EQ(response.status(), 200);
      EXPECT_EQ(response.field("x-pointsman-endpoint"), name);
    }
  }
}

// In this process, so that time passes when a test says so.
class TlsInTime : public Tls {
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
    const auto address = gateway_->addresses().front();
    port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
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

TEST_F(Tls, AWrongCertificateIsRefusedBeforeTheStart) {
  const auto check = [&](const Certificate& certificate, const Certificate& key) {
    const auto file =
        files_.write("pointsman.yaml", "listen: {address: 127.0.0.1:0, tls: {certificate: c.pem, key: k.pem}}");
    files_.write("c.pem", certificate.pem());
    files_.write("k.pem", key.key());
    ChildProcess process({pointsman_binary().string(), "check-config", file.string()}, {});
    const int exit_code = process.wait_for_exit(20s);
    process.wait_for_output([](const std::string&) { return false; }, 20s);
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
