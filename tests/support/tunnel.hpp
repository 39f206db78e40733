#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "pointsman/base/clock.hpp"

namespace pointsman::test {

// Takes every connection on to somewhere else, byte for byte, in both directions: in front of a plain server it makes
// one that speaks TLS, behind a plain client one that does, and it crosses between IPv4, IPv6 and Unix-domain sockets.
// An end is passed on as an end, and a break as a break. It has a thread of its own.
class Tunnel {
 public:
  using Address = boost::asio::generic::stream_protocol::endpoint;
  using Tls = boost::asio::ssl::context;

  struct End {
    Address address;
    std::shared_ptr<Tls> tls;  // nullptr: plain
    std::string server_name;   // of a TLS server that is connected to
  };

  // What has happened so far.
  struct Seen {
    std::size_t connections = 0;      // accepted
    std::size_t resumed = 0;          // TLS handshakes that took an earlier session further
    std::vector<std::string> faults;  // TLS handshakes that failed
    std::vector<std::string> names;   // the common names of the certificates that were shown to it
  };

  // Listens at `from`, where port 0 is a free one, and connects to `to`.
  Tunnel(End from, End to);
  ~Tunnel();
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  std::uint16_t port() const;

  // From now on an end on the far side is passed on by closing, without TLS's word for it.
  void truncate() { truncates_ = true; }

  // These are safe from every thread.
  Seen seen() const;
  bool wait_for(const std::function<bool(const Seen&)>& predicate, Milliseconds at_most) const;

 private:
  class Side;
  using Sides = std::pair<std::shared_ptr<Side>, std::shared_ptr<Side>>;
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> connect(Sides sides);
  boost::asio::awaitable<void> pass(std::shared_ptr<Side> from, std::shared_ptr<Side> to, bool truncates);
  boost::asio::awaitable<bool> secure(Side& side, bool is_server);
  void note(const std::function<void(Seen&)>& change);

  End from_;
  End to_;
  std::atomic<bool> truncates_ = false;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Seen seen_;
  boost::asio::io_context context_{1};  // after what the coroutines use, which end with it
  boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor_;
  std::thread thread_;
};

// Addresses on this machine.
Tunnel::Address ipv4(std::uint16_t port = 0);
Tunnel::Address ipv6(std::uint16_t port = 0);
Tunnel::Address unix_socket(const std::string& path);

class Certificate;
// A TLS server that shows this certificate; with an authority, its clients have to show one that it signed.
std::shared_ptr<Tunnel::Tls> tls_server(const Certificate& certificate, const Certificate* authority = nullptr);
// A TLS client that trusts this authority.
std::shared_ptr<Tunnel::Tls> tls_client(const Certificate& authority);

}  // namespace pointsman::test
