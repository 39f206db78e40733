#include "support/tunnel.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "support/certificate.hpp"

namespace asio = boost::asio;

namespace pointsman::test {

namespace {

using Socket = asio::generic::stream_protocol::socket;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

std::string common_name(SSL* ssl) {
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl), X509_free);
  if (!shown) return "";
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(), name.size());
  return name.data();
}

}  // namespace

// One end of a connection.
class Tunnel::Side {
 public:
  Side(Socket socket, const End& end)
      : is_secure_(end.tls != nullptr), tls_(end.tls ? end.tls : no_tls()), stream_(std::move(socket), *tls_) {}

  bool is_secure() const { return is_secure_; }
  asio::ssl::stream<Socket>& stream() { return stream_; }

  asio::awaitable<std::pair<boost::system::error_code, std::size_t>> read(std::span<char> room) {
    const auto buffer = asio::buffer(room.data(), room.size());
    if (is_secure_) {
      const auto [error, bytes] = co_await stream_.async_read_some(buffer, use_tuple);
      co_return std::pair(error, bytes);
    }
    const auto [error, bytes] = co_await stream_.next_layer().async_read_some(buffer, use_tuple);
    co_return std::pair(error, bytes);
  }

  asio::awaitable<bool> write(std::span<const char> bytes) {
    const auto buffer = asio::buffer(bytes.data(), bytes.size());
    if (is_secure_) {
      const auto [error, written] = co_await asio::async_write(stream_, buffer, use_tuple);
      co_return !error;
    }
    const auto [error, written] = co_await asio::async_write(stream_.next_layer(), buffer, use_tuple);
    co_return !error;
  }

  asio::awaitable<void> finish(bool truncates) {
    boost::system::error_code ignored;
    if (truncates) co_return (void) stream_.next_layer().close(ignored);
    // Waits for the other side's word as well, or for the end of the socket.
    if (is_secure_) co_await stream_.async_shutdown(use_tuple);
    stream_.next_layer().shutdown(Socket::shutdown_send, ignored);
  }

  void reset() {
    boost::system::error_code ignored;
    stream_.next_layer().set_option(asio::socket_base::linger(true, 0), ignored);
    stream_.next_layer().close(ignored);
  }

 private:
  static std::shared_ptr<Tls> no_tls() { return std::make_shared<Tls>(Tls::tls); }

  bool is_secure_;
  std::shared_ptr<Tls> tls_;
  asio::ssl::stream<Socket> stream_;
};

Tunnel::Tunnel(End from, End to) : from_(std::move(from)), to_(std::move(to)), acceptor_(context_, from_.address) {
  asio::co_spawn(context_, accept(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

Tunnel::~Tunnel() {
  context_.stop();
  thread_.join();
}

std::uint16_t Tunnel::port() const {
  asio::ip::tcp::endpoint address;
  const auto local = acceptor_.local_endpoint();
  std::memcpy(address.data(), local.data(), local.size());
  return address.port();
}

Tunnel::Seen Tunnel::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

bool Tunnel::wait_for(const std::function<bool(const Seen&)>& predicate, Milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [&] { return predicate(seen_); });
}

asio::awaitable<void> Tunnel::accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(use_tuple);
    if (error) co_return;
    note([](Seen& seen) { ++seen.connections; });
    Sides sides(std::make_shared<Side>(std::move(socket), from_), std::make_shared<Side>(Socket(context_), to_));
    asio::co_spawn(context_, connect(std::move(sides)), asio::detached);
  }
}

asio::awaitable<void> Tunnel::connect(Sides sides) {
  const auto [here, there] = sides;
  bool is_open = co_await secure(*here, true);
  if (is_open) {
    auto& socket = there->stream().next_layer();
    const auto [error] = co_await socket.async_connect(to_.address, use_tuple);
    is_open = !error && co_await secure(*there, false);
  }
  if (is_open) {
    asio::co_spawn(context_, pass(here, there, false), asio::detached);
    co_await pass(there, here, true);
  } else {
    here->reset();
  }
}

asio::awaitable<bool> Tunnel::secure(Side& side, bool is_server) {
  if (!side.is_secure()) co_return true;
  auto* ssl = side.stream().native_handle();
  if (!is_server && !to_.server_name.empty()) {
    SSL_set_tlsext_host_name(ssl, to_.server_name.c_str());
  }
  const auto role = is_server ? asio::ssl::stream_base::server : asio::ssl::stream_base::client;
  const auto [error] = co_await side.stream().async_handshake(role, use_tuple);
  note([&, failed = error](Seen& seen) {
    if (failed) {
      seen.faults.push_back(failed.message());
      return;
    }
    if (SSL_session_reused(ssl) == 1) ++seen.resumed;
    if (const auto name = common_name(ssl); !name.empty()) seen.names.push_back(name);
  });
  co_return !error;
}

asio::awaitable<void> Tunnel::pass(std::shared_ptr<Side> from, std::shared_ptr<Side> to, bool truncates) {
  std::array<char, 16 * 1024> bytes;
  while (true) {
    const auto [error, count] = co_await from->read(bytes);
    if (error == asio::error::eof) co_return co_await to->finish(truncates && truncates_);
    if (error || !co_await to->write(std::span(bytes).first(count))) co_return to->reset();
  }
}

void Tunnel::note(const std::function<void(Seen&)>& change) {
  {
    const std::lock_guard lock(mutex_);
    change(seen_);
  }
  changed_.notify_all();
}

Tunnel::Address ipv4(std::uint16_t port) { return asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port); }
Tunnel::Address ipv6(std::uint16_t port) { return asio::ip::tcp::endpoint(asio::ip::address_v6::loopback(), port); }
Tunnel::Address unix_socket(const std::string& path) { return asio::local::stream_protocol::endpoint(path); }

std::shared_ptr<Tunnel::Tls> tls_server(const Certificate& certificate, const Certificate* authority) {
  auto tls = std::make_shared<Tunnel::Tls>(Tunnel::Tls::tls_server);
  tls->use_certificate_chain(asio::buffer(certificate.pem()));
  tls->use_private_key(asio::buffer(certificate.key()), Tunnel::Tls::pem);
  // A server that checks its clients resumes only what it has named.
  SSL_CTX_set_session_id_context(tls->native_handle(), reinterpret_cast<const unsigned char*>("tunnel"), 6);
  if (authority != nullptr) {
    tls->add_certificate_authority(asio::buffer(authority->pem()));
    tls->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  return tls;
}

std::shared_ptr<Tunnel::Tls> tls_client(const Certificate& authority) {
  auto tls = std::make_shared<Tunnel::Tls>(Tunnel::Tls::tls_client);
  tls->add_certificate_authority(asio::buffer(authority.pem()));
  tls->set_verify_mode(asio::ssl::verify_peer);
  return tls;
}

}  // namespace pointsman::test
