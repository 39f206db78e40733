#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/error.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/net/accept_failures.hpp"
#include "pointsman/net/tls_server.hpp"
#include "pointsman/net/worker.hpp"
#include "pointsman/observe/log.hpp"

namespace pointsman::net {

// One listening socket. It lives on the first worker and hands each connection to the least loaded one, which spreads
// long streams better than the kernel's hash would. What it cannot take waits in the kernel's queue; the log says so.
class Acceptor {
 public:
  // Called on the worker that got the connection, with the TLS that the listener spoke then.
  using OnConnection = std::function<void(Worker&, Socket, std::optional<TlsServer>)>;

  // Opens, binds and listens; or takes the socket that was handed in and listens at this address already. Errors say
  // which address and what to do.
  static Result<std::unique_ptr<Acceptor>> listen(const config::Address& address, std::optional<int> handed_in,
                                                  std::optional<TlsServer> tls, std::vector<Worker*> workers,
                                                  std::size_t most_connections, OnConnection on_connection,
                                                  observe::Log& log);

  ~Acceptor();

  // Begins to accept; call it before the workers start. They stop before it goes.
  void start();
  // What the connections from now on speak, in place of the TLS that it was made with. From any thread.
  void use(TlsServer tls);
  // How many connections all listeners of its workers may have together, from now on. From any thread.
  void allow(std::size_t most_connections);
  // From any thread but the first worker's; returns when no connection will come any more. Whoever has connected by
  // then is still served; with a socket that was handed in he waits in its queue, for the next process.
  void close();

  std::string address() const;
  // How often a connection could not be accepted; from any thread.
  std::uint64_t failures() const { return failures_.count(); }

 private:
  using Listener = asio::basic_socket_acceptor<asio::generic::stream_protocol, Executor>;
  Acceptor(Listener listener, bool is_handed_in, std::optional<TlsServer> tls, std::vector<Worker*> workers,
           std::size_t most_connections, OnConnection on_connection, std::string unix_path, observe::Log& log);
  Task<> accept();
  void note_failure(const error_code& error);
  void say_when_over();
  void hand_over(Worker& worker, Socket socket);
  void take_waiting();
  void end();
  Worker& least_loaded() const;

  Listener listener_;
  bool is_handed_in_;
  std::optional<TlsServer> tls_;  // absent: plain
  std::vector<Worker*> workers_;
  std::size_t most_connections_;
  OnConnection on_connection_;
  std::string unix_path_;
  observe::Log& log_;
  AcceptFailures failures_;
};

// A configured address as the socket layer takes it.
PeerAddress peer_address(const config::Address& address);

}  // namespace pointsman::net
