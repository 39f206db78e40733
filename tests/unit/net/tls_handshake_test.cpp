#include <gmock/gmock.h>
#include <openssl/err.h>

#include "tls_pair.hpp"

namespace pointsman::net {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using testing::HasSubstr;

class TlsHandshake : public TlsPair {
 protected:
  // What the client says of this certificate; empty: it is content.
  std::string verdict_on(const Certificate& shown, const TlsClient& client) {
    shake_hands(client, server(shown));
    return client_ ? "" : client_.error().message;
  }

  // Bytes that are no TLS, sent to the side whose session this is.
  void tell(Ssl session, std::string_view bytes, Result<void>& outcome) {
    auto pair = connect();
    const std::array buffer{asio::const_buffer(bytes.data(), bytes.size())};
    pair.client->begin_write(buffer);
    pair.client->finish();
    run(start(*pair.server, std::move(session), outcome));
    EXPECT_TRUE(pair.server->is_open()) << "it may still be told in plain text";
  }
};

std::string_view protocol_of(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

TEST_F(TlsHandshake, AgreesOnHttp1) {
  const auto pair = shake_hands();
  ASSERT_TRUE(client_ && server_);
  EXPECT_EQ(protocol_of(pair.client_ssl), "http/1.1");
  EXPECT_EQ(protocol_of(pair.server_ssl), "http/1.1");
}

TEST_F(TlsHandshake, VerifiesWhomItSpeaksTo) {
  const Certificate authority;
  const Certificate other({.common_name = "other"});
  const auto now = clock_.wall();
  const std::string distrust = "the certificate is not to be trusted: ";
  struct Case {
    const char* name;
    Certificate shown;
    const Certificate& trusted;
    std::string url;
    std::string verdict;
  };
  const Certificate for_name({.names = "DNS:gpu.example"}, authority);
  const Certificate for_address({.names = "IP:10.0.0.1,IP:::1"}, authority);
  const Case cases[] = {
      {"by name", for_name, authority, "https://gpu.example", ""},
      {"another name", for_name, authority, "https://cpu.example",
       distrust + "it is for gpu.example, not for cpu.example"},
      {"a name by its address", for_name, authority, "https://10.0.0.1",
       distrust + "it is for gpu.example, not for 10.0.0.1"},
      {"by address", for_address, authority, "https://10.0.0.1", ""},
      {"by IPv6 address", for_address, authority, "https://[::1]", ""},
      {"another address", for_address, authority, "https://10.0.0.2",
       distrust + "it is for 10.0.0.1, ::1, not for 10.0.0.2"},
      {"another authority", for_name, other, "https://gpu.example",
       distrust + "unable to get local issuer certificate"},
      {"itself", other, other, "https://127.0.0.1", ""},
      {"itself, signed by another", for_name, for_name, "https://gpu.example", ""},
      {"expired", Certificate({.until = now - 1min}, authority), authority, "https://127.0.0.1",
       distrust + "certificate has expired"},
      {"not yet", Certificate({.from = now + 1h}, authority), authority, "https://127.0.0.1",
       distrust + "certificate is not yet valid"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(verdict_on(each.shown, trusting(each.trusted, each.url)), each.verdict) << each.name;
  }
}

TEST_F(TlsHandshake, TrustsNobodyByDefault) {
  const auto client = TlsClient::create(*config::parse_url("https://127.0.0.1"), {});
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_EQ(verdict_on(certificate_, *client), "the certificate is not to be trusted: self-signed certificate");
}

TEST_F(TlsHandshake, VerifiesNobodyIfToldSo) {
  config::EndpointTls settings;
  settings.verify = false;
  const auto client = TlsClient::create(*config::parse_url("https://gpu.example"), settings);
  EXPECT_EQ(verdict_on(Certificate({.until = clock_.wall() - 1min}), *client), "");
}

TEST_F(TlsHandshake, VerifiesTheNameThatTheSettingsSay) {
  config::EndpointTls settings;
  settings.ca = files_.write("ca.pem", certificate_.pem());
  settings.server_name = "gpu.example";
  const auto client = TlsClient::create(*config::parse_url("https://127.0.0.1"), settings);
  EXPECT_THAT(verdict_on(certificate_, *client), HasSubstr("it is for 127.0.0.1, not for gpu.example"));
  EXPECT_EQ(verdict_on(Certificate({.names = "DNS:gpu.example"}, certificate_), *client), "");
}

TEST_F(TlsHandshake, IndicatesNamesButNoAddresses) {
  const Certificate authority;
  const auto server_of = [&](const char* names) { return server(Certificate({.names = names}, authority)); };
  const auto by_name = shake_hands(trusting(authority, "https://gpu.example"), server_of("DNS:gpu.example"));
  ASSERT_TRUE(client_ && server_);
  EXPECT_STREQ(SSL_get_servername(by_name.server_ssl, TLSEXT_NAMETYPE_host_name), "gpu.example");
  const auto by_address = shake_hands(trusting(authority, "https://127.0.0.1"), server_of("IP:127.0.0.1"));
  ASSERT_TRUE(client_ && server_);
  EXPECT_EQ(SSL_get_servername(by_address.server_ssl, TLSEXT_NAMETYPE_host_name), nullptr);
}

TEST_F(TlsHandshake, RefusesOtherVersionsAndProtocols) {
  auto pair = connect();
  auto old = trusting().session();
  SSL_set_min_proto_version(old.get(), TLS1_1_VERSION);
  SSL_set_max_proto_version(old.get(), TLS1_1_VERSION);
  auto lax = server().session();
  for (auto* each : {old.get(), lax.get()}) SSL_set_security_level(each, 0);
  run(start(*pair.client, std::move(old), client_), start(*pair.server, std::move(lax), server_));
  EXPECT_FALSE(client_ || server_);

  pair = connect();
  auto h2 = trusting().session();
  SSL_set_alpn_protos(h2.get(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
  run(start(*pair.client, std::move(h2), client_), start(*pair.server, server().session(), server_));
  ASSERT_FALSE(client_ || server_);
  EXPECT_THAT(client_.error().message, HasSubstr("no application protocol"));
}

TEST_F(TlsHandshake, KnowsPlainHttpFromNoise) {
  for (const std::string_view request :
       {"GET / HTTP/1.1\r\n", "POST /v1 HTTP/1.1\r\nHost: x\r\n\r\n{}", "HEAD / HTTP/1.1\r\n"}) {
    tell(server().session(), request, server_);
    ASSERT_FALSE(server_);
    EXPECT_EQ(server_.error().code, ErrorCode::not_supported) << request;
  }
  for (const std::string_view noise : {"", "\x16", "\x16\x03\x01\xff\xff", "SSH-2.0-OpenSSH_9.2\r\n"}) {
    tell(server().session(), noise, server_);
    ASSERT_FALSE(server_);
    EXPECT_EQ(server_.error().code, ErrorCode::protocol) << noise;
  }
  tell(trusting().session(), "HTTP/1.1 400 Bad Request\r\n\r\n", client_);
  ASSERT_FALSE(client_);
  EXPECT_EQ(client_.error().message, "wrong version number");
}

// What an earlier failure left in OpenSSL's queue is not taken for one of the next connection's.
TEST_F(TlsHandshake, OfOneConnectionDoesNotSpoilAnother) {
  auto pair = shake_hands();
  ASSERT_TRUE(client_ && server_);
  SSL_use_PrivateKey(pair.client_ssl, nullptr);
  ASSERT_NE(ERR_peek_error(), 0u);
  std::array<char, 16> room;
  error_code error;
  EXPECT_EQ(pair.server->read_some(room, error), 0u);
  EXPECT_EQ(error, asio::error::would_block);
}

TEST_F(TlsHandshake, TakesAnEarlierSessionFurther) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto client = trusting();
    const auto server = this->server();
    for (const bool resumed : {false, true, true}) {
      auto pair = connect();
      auto session = client.session();
      SSL_set_max_proto_version(session.get(), version);
      pair.client_ssl = session.get();
      run(start(*pair.client, std::move(session), client_), start(*pair.server, server.session(), server_));
      ASSERT_TRUE(client_ && server_);
      EXPECT_EQ(SSL_session_reused(pair.client_ssl) == 1, resumed) << version;
      EXPECT_TRUE(pair.client->is_quiet()) << "which takes in the tickets of TLS 1.3";
    }
  }
}

TEST_F(TlsHandshake, OfTwoEndpointsShareNoSessions) {
  const auto server = this->server();
  for (const auto& client : {trusting(), trusting()}) {
    const auto pair = shake_hands(client, server);
    ASSERT_TRUE(client_ && server_);
    EXPECT_EQ(SSL_session_reused(pair.client_ssl), 0);
    EXPECT_TRUE(pair.client->is_quiet());
  }
}

// A ticket that comes after everybody else forgot the endpoint.
TEST_F(TlsHandshake, OutlivesItsClient) {
  Pair pair;
  {
    const auto client = trusting();
    pair = shake_hands(client, server());
  }
  ASSERT_TRUE(client_ && server_);
  EXPECT_TRUE(pair.client->is_quiet());
}

TEST_F(TlsHandshake, EndsWithItsStream) {
  auto pair = connect();
  const auto give_up = [](Stream& stream) -> Task<> {
    stream.close();
    co_return;
  };
  run(start(*pair.client, trusting().session(), client_), give_up(*pair.client));
  EXPECT_FALSE(client_);
}

}  // namespace
}  // namespace pointsman::net
