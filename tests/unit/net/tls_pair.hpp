#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "../../support/certificate.hpp"
#include "../config/file_directory.hpp"
#include "pointsman/net/stream.hpp"
#include "pointsman/net/tls_client.hpp"
#include "pointsman/net/tls_server.hpp"

namespace pointsman::net {

// Two streams that are connected with each other, and what it takes to let TLS begin on them. The worker runs in the
// test's own thread, in run().
class TlsPair : public testing::Test {
 protected:
  // As the program does: OpenSSL writes without MSG_NOSIGNAL.
  TlsPair() { std::signal(SIGPIPE, SIG_IGN); }

  struct Pair {
    std::unique_ptr<Stream> client;
    std::unique_ptr<Stream> server;
    SSL* client_ssl = nullptr;  // while TLS goes on
    SSL* server_ssl = nullptr;
  };

  // Socket buffers of a few KiB make writes wait.
  Pair connect() {
    int descriptors[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, descriptors) != 0) throw std::runtime_error("no socket pair");
    for (const int each : descriptors) {
      const int size = 4096;
      ::setsockopt(each, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
    const auto stream = [&](int descriptor) {
      return std::make_unique<Stream>(worker_, Socket(worker_.executor(), {AF_UNIX, 0}, descriptor));
    };
    return {stream(descriptors[0]), stream(descriptors[1])};
  }

  // Runs all of them to their ends, which have to come within ten seconds.
  template <class... Tasks>
  void run(Tasks... tasks) {
    int under_way = 0;
    const auto spawn = [&](Task<> task) {
      ++under_way;
      asio::co_spawn(worker_.executor(), std::move(task), [&](std::exception_ptr thrown) {
        --under_way;
        if (thrown) std::rethrow_exception(thrown);
      });
    };
    (spawn(std::move(tasks)), ...);
    worker_.context().restart();
    worker_.context().run_for(std::chrono::seconds(10));
    ASSERT_EQ(under_way, 0) << "something waits for ever";
  }

  static Task<> start(Stream& stream, Ssl session, Result<void>& outcome) {
    outcome = co_await stream.start_tls(std::move(session));
  }

  // A handshake; what each side says of it is in client_ and server_.
  Pair shake_hands(const TlsClient& client, const TlsServer& server) {
    auto pair = connect();
    auto client_session = client.session();
    auto server_session = server.session();
    pair.client_ssl = client_session.get();
    pair.server_ssl = server_session.get();
    run(start(*pair.client, std::move(client_session), client_),
        start(*pair.server, std::move(server_session), server_));
    return pair;
  }
  Pair shake_hands() { return shake_hands(trusting(), server()); }

  TlsServer server() const { return server(certificate_); }
  TlsServer server(const test::Certificate& certificate) const {
    const config::CertificateFiles files{files_.write("c.pem", certificate.pem()),
                                         files_.write("k.pem", certificate.key())};
    return *TlsServer::create(*config::read_identity(files));
  }
  TlsClient trusting(const std::string& url = "https://127.0.0.1") const { return trusting(certificate_, url); }
  TlsClient trusting(const test::Certificate& authority, const std::string& url = "https://127.0.0.1") const {
    config::EndpointTls settings;
    settings.ca = files_.write("ca.pem", authority.pem());
    return *TlsClient::create(*config::parse_url(url), settings);
  }

  SystemClock clock_;
  Worker worker_{1, clock_};
  config::FileDirectory files_;
  test::Certificate certificate_;
  Result<void> client_;
  Result<void> server_;
};

}  // namespace pointsman::net
