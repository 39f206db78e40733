#include "pointsman/net/handshake_failures.hpp"

#include <gmock/gmock.h>
#include <openssl/sslerr.h>

#include <set>

#include "tls_pair.hpp"

namespace pointsman::net {
namespace {

using namespace std::chrono_literals;
using test::Certificate;

const MonotonicTime start_of_test{1h};

TEST(HandshakeFailures, AreSaidAtOnceAndThenEveryTenSecondsAtMost) {
  HandshakeFailures failures;
  EXPECT_FALSE(failures.news(start_of_test));
  failures.failed(HandshakeFailure::version, "10.0.0.1:1");
  const auto first = failures.news(start_of_test);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->failures, 1u);
  EXPECT_EQ(first->last, HandshakeFailure::version);
  EXPECT_EQ(first->client, "10.0.0.1:1");
  EXPECT_FALSE(failures.news(start_of_test + 1h)) << "that was said";

  failures.failed(HandshakeFailure::left, "10.0.0.2:2");
  ASSERT_TRUE(failures.news(start_of_test + 1h));
  for (int i = 0; i < 1'000; ++i) failures.failed(HandshakeFailure::not_tls, "10.0.0.3:3");
  failures.failed(HandshakeFailure::no_trust, "10.0.0.4:4");
  EXPECT_FALSE(failures.news(start_of_test + 1h + HandshakeFailures::between_lines - 1ms));
  const auto later = failures.news(start_of_test + 1h + HandshakeFailures::between_lines);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->failures, 1'001u);
  EXPECT_EQ(later->last, HandshakeFailure::no_trust);
  EXPECT_EQ(later->client, "10.0.0.4:4");
  EXPECT_EQ(failures.count(HandshakeFailure::not_tls), 1'000u);
}

TEST(HandshakeFailures, AreNotThoseThatOnlyLookWhetherWeListen) {
  HandshakeFailures failures;
  failures.failed(HandshakeFailure::said_nothing, "10.0.0.1:1");
  EXPECT_FALSE(failures.news(start_of_test));
}

TEST(HandshakeFailures, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (std::size_t kind = 0; kind < kinds_of_handshake_failures; ++kind) {
    const auto failure = static_cast<HandshakeFailure>(kind);
    EXPECT_FALSE(description(failure).empty());
    names.insert(name(failure));
  }
  EXPECT_EQ(names.size(), kinds_of_handshake_failures);
  EXPECT_FALSE(names.contains(name(HandshakeFailure::said_nothing)));
}

// What a server's stream says of clients.
class FailedHandshake : public TlsPair {
 protected:
  HandshakeFailure after(std::string_view bytes) {
    auto pair = connect();
    const std::array buffer{asio::const_buffer(bytes.data(), bytes.size())};
    if (!bytes.empty()) pair.client->begin_write(buffer);
    pair.client->finish();
    run(start(*pair.server, server().session(), server_));
    EXPECT_FALSE(server_);
    return pair.server->handshake_failure();
  }
  HandshakeFailure with(Ssl client) {
    auto pair = connect();
    run(start(*pair.client, std::move(client), client_), start(*pair.server, server().session(), server_));
    EXPECT_FALSE(server_);
    return pair.server->handshake_failure();
  }
};

TEST_F(FailedHandshake, IsToldFromWhatCame) {
  EXPECT_EQ(after(""), HandshakeFailure::said_nothing);
  EXPECT_EQ(after("GET / HTTP/1.1\r\n"), HandshakeFailure::not_tls);
  EXPECT_EQ(after("SSH-2.0-OpenSSH_9.2\r\n"), HandshakeFailure::not_tls);
  EXPECT_EQ(after("\x16"), HandshakeFailure::left);
}

TEST_F(FailedHandshake, IsToldFromWhatTheClientSays) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto distrusting = trusting(Certificate()).session();
    SSL_set_max_proto_version(distrusting.get(), version);
    EXPECT_EQ(with(std::move(distrusting)), HandshakeFailure::no_trust) << version;
    auto misled = trusting("https://another.example").session();
    SSL_set_max_proto_version(misled.get(), version);
    EXPECT_EQ(with(std::move(misled)), HandshakeFailure::no_trust) << version;
  }
  auto old = trusting().session();
  SSL_set_min_proto_version(old.get(), TLS1_1_VERSION);
  SSL_set_max_proto_version(old.get(), TLS1_1_VERSION);
  SSL_set_security_level(old.get(), 0);
  EXPECT_EQ(with(std::move(old)), HandshakeFailure::version);
  auto h2 = trusting().session();
  SSL_set_alpn_protos(h2.get(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
  EXPECT_EQ(with(std::move(h2)), HandshakeFailure::other);
}

}  // namespace
}  // namespace pointsman::net
