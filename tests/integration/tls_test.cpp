#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/behind_tls.hpp"
#include "support/command.hpp"
#include "support/eventually.hpp"
#include "support/own_answer.hpp"

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

class Tls : public BehindTls {
 protected:
  static std::string first_event(RawClient& client) {
    client.send(request(body));
    std::string received;
    while (received.find("data: first\n\n") == std::string::npos) received += client.read_some();
    return received;
  }
};

// A stream whose second event comes when it is wanted.
Script two_events(demo::Gate second_wanted) {
  return [second_wanted](Conversation& conversation) -> boost::asio::awaitable<void> {
    co_await conversation.send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        "d\r\ndata: first\n\n\r\n");
    co_await conversation.wait(second_wanted);
    co_await conversation.send("e\r\ndata: second\n\n\r\n0\r\n\r\n");
  };
}

const std::string often = "probe: {interval: 100ms, timeout: 2s}\n";

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
  start({{chat, two_events(second_wanted)}});
  RawClient client(client_->port());
  auto received = first_event(client);
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
      {Certificate({.names = "DNS:other.example"}, authority_), "it is for other.example, not for 127.0.0.1"},
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
    EXPECT_THAT(cause_of("an endpoint is not up"), HasSubstr("(" + words + ")"));
  }
}

TEST_F(Tls, VerifiesNobodyIfToldSo) {
  start_endpoint({{chat, json(200, "{}")}}, tls_server(Certificate({.common_name = "stranger"})));
  start_gateway("tls: {verify: false}");
  gateway_->wait_until_ready();
  EXPECT_EQ(post().status(), 200);
  EXPECT_THAT(gateway_->process().output(), HasSubstr("warning: `endpoints.tls.verify` is false"));
}

TEST_F(Tls, TakesANewAuthorityOfItsEndpointWhileItRuns) {
  start({{chat, json(200, "{}")}});
  EXPECT_EQ(post().status(), 200);
  const Certificate other;
  show_another_certificate(Certificate({}, other));
  EXPECT_EQ(post().status(), 502);
  file("authority.pem", other.pem());
  EXPECT_TRUE(eventually([&] { return post().status() == 200; })) << gateway_->process().output();
  EXPECT_TRUE(gateway_->says(R"("endpoints_changed":"gpu")"));
}

TEST_F(Tls, KeepsItsConnectionsWhenTheAuthorityIsAnotherOne) {
  demo::Gate second_wanted;
  start({{chat, two_events(second_wanted)}});
  RawClient client(client_->port());
  auto received = first_event(client);
  file("authority.pem", Certificate().pem());
  EXPECT_TRUE(gateway_->says("the configuration was reloaded")) << gateway_->process().output();
  second_wanted.open();
  while (!received.ends_with("0\r\n\r\n")) received += client.read_some();
  EXPECT_THAT(received, HasSubstr("data: second"));
}

TEST_F(Tls, ShowsItsNewCertificateWhileItRuns) {
  start_endpoint({{chat, json(200, "{}")}}, tls_server(certificate_, &authority_));
  const Certificate wrong({.common_name = "stranger"});
  const Certificate right({.common_name = "gateway"}, authority_);
  auto tls = trust();
  tls.pop_back();
  start_gateway(tls + ", certificate: \"" + file("ours.pem", wrong.pem()) + "\", key: \"" +
                file("ours.key", wrong.key()) + "\"}");
  EXPECT_NE(cause_of("an endpoint is not up"), "");
  // Two files are never replaced at once, and what is between is no use.
  file("ours.pem", right.pem());
  EXPECT_TRUE(gateway_->says("does not belong to the certificate")) << gateway_->process().output();
  file("ours.key", right.key());
  gateway_->wait_until_ready();
  EXPECT_EQ(post().status(), 200);
}

TEST_F(Tls, IsSpokenByProbeAsTheCommandLineSays) {
  start_endpoint({{chat, json(200, "{}")}});
  const auto authority = file("authority.pem", authority_.pem());
  const auto unknown = run_command({"probe", endpoint_url()});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.output, HasSubstr("--ca FILE"));
  EXPECT_EQ(run_command({"probe", endpoint_url(), "--ca", authority}).exit_code, 0);
  EXPECT_EQ(run_command({"probe", endpoint_url(), "--insecure"}).exit_code, 0);
  show_another_certificate(Certificate({.names = "DNS:gpu.internal,DNS:localhost"}, authority_));
  const auto another = run_command({"probe", endpoint_url(), "--ca", authority});
  EXPECT_EQ(another.exit_code, 1);
  EXPECT_THAT(another.output, HasSubstr("is for another name (it is for gpu.internal, localhost, not for 127.0.0.1)"));
  EXPECT_EQ(run_command({"probe", endpoint_url(), "--ca", authority, "--server-name", "gpu.internal"}).exit_code, 0);
  EXPECT_EQ(run_command({"probe", endpoint_url(), "--server-name", "gpu:8000"}).exit_code, 2);
  EXPECT_EQ(run_command({"probe", endpoint_url(), "--ca", file("other.pem", Certificate().pem())}).exit_code, 1);
  const auto missing = run_command({"probe", endpoint_url(), "--ca", "/no/such/file"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.output, HasSubstr("--ca names a file that is not usable"));
  EXPECT_EQ(run_command({"probe", upstream_->url(), "--ca", authority}).exit_code, 2) << "it is plain";
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

}  // namespace
}  // namespace pointsman::test
