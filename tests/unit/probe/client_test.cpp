#include "pointsman/probe/client.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <fstream>

#include "../../support/doubles/server_double.hpp"
#include "certificate.hpp"
#include "probing.hpp"

namespace pointsman::probe {
namespace {

using namespace std::chrono_literals;
using test::Asked;
using test::Reply;
using test::ServerDouble;
using testing::HasSubstr;

constexpr Milliseconds patience = 10s;

Observation ask(const Target& target, const Question& question, Milliseconds timeout = patience) {
  Client client(target);
  return run(client.ask(question, std::chrono::steady_clock::now() + timeout));
}

Observation ask(const ServerDouble& server, Milliseconds timeout = patience) {
  return ask(target_of(server.url()), get("/v1/models"), timeout);
}

Reply raw(std::string bytes) {
  Reply reply;
  reply.raw = std::move(bytes);
  return reply;
}

TEST(Client, AsksOnAConnectionOfItsOwn) {
  ServerDouble server([](const Asked&) { return Reply::json(200, "hello"); });
  const auto seen = ask(target_of(server.url(), "secret-key"), post("/v1/responses", "{"));
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.header("content-type"), "application/json");

  const auto asked = server.asked().at(0);
  EXPECT_EQ(asked.line(), "POST /v1/responses");
  EXPECT_EQ(asked.body, "{");
  EXPECT_EQ(asked.header("host"), server.url().authority());
  EXPECT_EQ(asked.header("authorization"), "Bearer secret-key");
  EXPECT_EQ(asked.header("accept-encoding"), "identity");
  EXPECT_EQ(asked.header("content-type"), "application/json");
  EXPECT_EQ(asked.header("content-length"), "1");
  EXPECT_EQ(asked.header("connection"), "close");
}

TEST(Client, SendsNoKeyWithoutOne) {
  ServerDouble server([](const Asked&) { return Reply::json(200, ""); });
  ask(server);
  EXPECT_EQ(server.asked().at(0).headers.count("authorization"), 0u);
}

TEST(Client, BlotsOutOurKey) {
  ServerDouble server([](const Asked& asked) {
    Reply reply = Reply::json(401, "wrong key: " + asked.header("authorization"));
    reply.headers.emplace_back("X-Echo", asked.header("authorization"));
    return reply;
  });
  const auto seen = ask(target_of(server.url(), "secret-key"), get("/v1/models"));
  EXPECT_EQ(seen.body, "wrong key: Bearer [our key]");
  EXPECT_EQ(seen.header("x-echo"), "Bearer [our key]");
}

TEST(Client, WaitsForTheFinalAnswer) {
  ServerDouble server([](const Asked&) {
    return raw("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const auto seen = ask(server);
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(seen.body, "ok");
}

TEST(Client, ReadsUntilTheEndWhereThereIsNoLength) {
  ServerDouble server([](const Asked&) { return raw("HTTP/1.0 200 OK\r\n\r\nall of it"); });
  EXPECT_EQ(ask(server).body, "all of it");
}

TEST(Client, DoesNotFollowRedirects) {
  ServerDouble server([](const Asked&) {
    Reply reply = Reply::text(302, "");
    reply.headers.emplace_back("Location", "/elsewhere");
    return reply;
  });
  EXPECT_EQ(ask(server).header("location"), "/elsewhere");
  EXPECT_EQ(server.asked().size(), 1u);
}

TEST(Client, SpeaksThroughUnixSockets) {
  const std::string path = testing::TempDir() + "probe-" + std::to_string(getpid()) + ".sock";
  ServerDouble server([](const Asked&) { return Reply::json(200, "local"); }, {.unix_path = path});
  EXPECT_EQ(ask(server).body, "local");
  EXPECT_EQ(server.asked().at(0).header("host"), "localhost");
  unlink(path.c_str());
}

struct BadAnswer {
  std::string name;
  Reply reply;
  Failure failure;
};

void PrintTo(const BadAnswer& each, std::ostream* out) { *out << each.name; }

class ClientBounds : public testing::TestWithParam<BadAnswer> {};

TEST_P(ClientBounds, GivesUpWithAReason) {
  ServerDouble server([](const Asked&) { return GetParam().reply; });
  const auto seen = ask(server, GetParam().failure == Failure::timed_out ? 500ms : patience);
  EXPECT_EQ(seen.failure, GetParam().failure) << seen.trouble;
  EXPECT_EQ(seen.status, 0);
  EXPECT_EQ(seen.body, "");
}

Reply dripping(std::string start, std::string drip) {
  Reply reply = raw(std::move(start));
  reply.drip = std::move(drip);
  return reply;
}

Reply silent_after(std::string start) {
  Reply reply = raw(std::move(start));
  reply.never_ends = true;
  return reply;
}

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    Table, ClientBounds,
    testing::Values(
        BadAnswer{"garbage", raw("\x16\x03\x01\x02garbage"), Failure::not_http},
        BadAnswer{"another_protocol", raw("SSH-2.0-OpenSSH_9.2\r\n"), Failure::not_http},
        BadAnswer{"nul_bytes", raw(std::string("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", 25)), Failure::not_http},
        BadAnswer{"nothing", raw("H"), Failure::broken},
        BadAnswer{"half_a_body", raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Failure::broken},
        BadAnswer{"endless_headers", dripping("HTTP/1.1 200 OK\r\n", "A: " + std::string(8'000, 'x') + "\r\n"),
                  Failure::too_large},
        BadAnswer{"one_endless_header", dripping("HTTP/1.1 200 OK\r\nA: ", std::string(8'000, 'x')),
                  Failure::too_large},
        BadAnswer{"announced_huge_body", raw("HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n"), Failure::too_large},
        BadAnswer{"endless_body", dripping("HTTP/1.1 200 OK\r\n\r\n", std::string(1 << 18, 'x')), Failure::too_large},
        BadAnswer{"endless_chunks", dripping(chunked, "40000\r\n" + std::string(0x40000, 'x') + "\r\n"),
                  Failure::too_large},
        BadAnswer{"endless_chunk_extension", dripping(chunked + "1;", std::string(8'000, 'x')), Failure::too_large},
        BadAnswer{"slow_body", dripping("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "x"), Failure::timed_out},
        BadAnswer{"endless_announcements", dripping("HTTP/1.1 103 Early\r\n\r\n", "HTTP/1.1 103 Early\r\n\r\n"),
                  Failure::not_http},
        BadAnswer{"silence", silent_after("HTTP/1.1 200"), Failure::timed_out}),
    [](const auto& each) { return each.param.name; });

TEST(Client, SaysWhyItCannotConnect) {
  std::uint16_t closed_port = 0;
  {
    ServerDouble gone([](const Asked&) { return Reply{}; });
    closed_port = gone.port();
  }
  Target target = target_of(config::parse_url("http://127.0.0.1:" + std::to_string(closed_port)).value());
  const auto refused = ask(target, get("/v1/models"));
  EXPECT_EQ(refused.failure, Failure::refused);
  EXPECT_EQ(refused.trouble, "Connection refused");

  target.url = config::parse_url("unix:/nowhere/at/all.sock").value();
  EXPECT_EQ(ask(target, get("/v1/models")).failure, Failure::refused);
}

TEST(Client, ANameThatDoesNotResolveIsAnErrorWithinTheDeadline) {
  const Target target = target_of(config::parse_url("http://no-such-host.invalid").value());
  const auto begun = std::chrono::steady_clock::now();
  const auto seen = ask(target, get("/v1/models"), 2s);
  EXPECT_TRUE(seen.failure == Failure::unresolved || seen.failure == Failure::timed_out) << seen.trouble;
  if (seen.failure == Failure::unresolved) EXPECT_THAT(seen.trouble, Not(HasSubstr("does not resolve")));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 8s);
}

// A server with a certificate of its own, and the file in which OpenSSL looks for authorities.
class ClientTls : public testing::Test {
 protected:
  explicit ClientTls(const std::string& subject = "IP:127.0.0.1") : certificate_(subject) {
    context_.use_certificate_chain(boost::asio::buffer(certificate_.certificate));
    context_.use_private_key(boost::asio::buffer(certificate_.key), boost::asio::ssl::context::pem);
  }

  ~ClientTls() override {
    unsetenv("SSL_CERT_FILE");
    unlink(file_.c_str());
  }

  void trust() const {
    std::ofstream(file_) << certificate_.certificate;
    setenv("SSL_CERT_FILE", file_.c_str(), 1);
  }

  Certificate certificate_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
  ServerDouble server_{[](const Asked&) { return Reply::json(200, "secret"); }, {.unix_path = "", .tls = &context_}};
  std::string file_ = testing::TempDir() + "probe-ca-" + std::to_string(getpid()) + ".pem";
};

class ClientTlsForAnother : public ClientTls {
 protected:
  ClientTlsForAnother() : ClientTls("DNS:other.example") {}
};

TEST_F(ClientTls, TrustsWhatTheSystemTrusts) {
  trust();
  const auto seen = ask(server_);
  EXPECT_EQ(seen.body, "secret") << seen.trouble;
}

TEST_F(ClientTls, RefusesASelfSignedCertificateInWords) {
  const auto seen = ask(server_);
  EXPECT_EQ(seen.failure, Failure::certificate);
  EXPECT_EQ(seen.trouble, "self-signed certificate");
  EXPECT_TRUE(server_.asked().empty()) << "nothing is sent to somebody unknown";
}

TEST_F(ClientTlsForAnother, RefusesAnothersCertificate) {
  trust();
  const auto seen = ask(server_);
  EXPECT_EQ(seen.failure, Failure::wrong_name);
  EXPECT_EQ(seen.trouble, "it is for other.example, not for 127.0.0.1");
}

TEST(Client, TlsWithAPlainServerFailsInWords) {
  ServerDouble plain([](const Asked&) { return Reply{}; });
  Target target = target_of(plain.url());
  target.url.scheme = "https";
  const auto seen = ask(target, get("/v1/models"), 2s);
  EXPECT_EQ(seen.failure, Failure::tls) << seen.trouble;
}

// As llama-server is, which waits for the end of a line.
TEST(Client, KnowsAServerThatSaysNoWordOfTls) {
  net::asio::io_context context;
  const net::asio::ip::tcp::acceptor silent(context, {net::asio::ip::address_v4::loopback(), 0});
  Target target =
      target_of(config::parse_url("https://127.0.0.1:" + std::to_string(silent.local_endpoint().port())).value());
  const auto seen = ask(target, get("/v1/models"), 200ms);
  EXPECT_EQ(seen.failure, Failure::no_tls) << seen.trouble;
  EXPECT_TRUE(seen.is_late());
}

}  // namespace
}  // namespace pointsman::probe
