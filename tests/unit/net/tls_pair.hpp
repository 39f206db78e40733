#pragma once

#include <csignal>
#include <string>
#include <utility>

#include "../../support/certificate.hpp"
#include "../config/file_directory.hpp"
#include "pointsman/net/tls_client.hpp"
#include "pointsman/net/tls_server.hpp"
#include "stream_pair.hpp"

namespace pointsman::net {

// Two streams that are connected with each other, and what it takes to let TLS begin on them.
class TlsPair : public StreamPair {
 protected:
  // As the program does: OpenSSL writes without MSG_NOSIGNAL.
  TlsPair() { std::signal(SIGPIPE, SIG_IGN); }

  struct Pair : StreamPair::Pair {
    SSL* client_ssl = nullptr;  // while TLS goes on
    SSL* server_ssl = nullptr;
  };

  Pair connect() { return {StreamPair::connect()}; }

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

  config::FileDirectory files_;
  test::Certificate certificate_;
  Result<void> client_;
  Result<void> server_;
};

}  // namespace pointsman::net
