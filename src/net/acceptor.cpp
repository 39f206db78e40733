#include "pointsman/net/acceptor.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <algorithm>
#include <future>

#include "pointsman/net/dialer.hpp"

namespace pointsman::net {
namespace {

// A socket file that a dead process left behind would make bind() fail for ever; one that answers is not touched.
void remove_stale_socket(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  asio::io_context context;
  asio::local::stream_protocol::socket probe(context);
  error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
}

std::string advice(const error_code& error) {
  if (error == asio::error::address_in_use) {
    return " (another process listens there: end it, or choose another address in the file or with --listen)";
  }
  if (error == asio::error::access_denied) {
    return " (ports below 1024 need CAP_NET_BIND_SERVICE, a socket needs a directory that can be written)";
  }
  return "";
}

error_code open(asio::basic_socket_acceptor<asio::generic::stream_protocol, Executor>& listener,
                const PeerAddress& endpoint) {
  error_code error;
  listener.open(endpoint.protocol(), error);
  if (!error) listener.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) listener.bind(endpoint, error);
  if (!error) listener.listen(4096, error);
  return error;
}

}  // namespace

PeerAddress peer_address(const config::Address& address) {
  if (!address.unix_path.empty()) return asio::local::stream_protocol::endpoint(address.unix_path);
  return asio::ip::tcp::endpoint(asio::ip::make_address(address.host), address.port);
}

Result<std::unique_ptr<Acceptor>> Acceptor::listen(const config::Address& address, std::optional<int> handed_in,
                                                   std::optional<TlsServer> tls, std::vector<Worker*> workers,
                                                   std::size_t most_connections, OnConnection on_connection,
                                                   observe::Log& log) {
  const auto endpoint = peer_address(address);
  Listener listener(workers.front()->executor());
  error_code error;
  if (handed_in) {
    listener.assign(endpoint.protocol(), *handed_in, error);
  } else {
    if (!address.unix_path.empty()) remove_stale_socket(address.unix_path);
    error = open(listener, endpoint);
  }
  if (error) {
    return Error{ErrorCode::unreachable, Origin::ourselves, false,
                 "cannot listen on " + address.text() + ": " + error.message() + advice(error)};
  }
  return std::unique_ptr<Acceptor>(new Acceptor(std::move(listener), handed_in.has_value(), std::move(tls),
                                                std::move(workers), most_connections, std::move(on_connection),
                                                address.unix_path, log));
}

Acceptor::Acceptor(Listener listener, bool is_handed_in, std::optional<TlsServer> tls, std::vector<Worker*> workers,
                   std::size_t most_connections, OnConnection on_connection, std::string unix_path, observe::Log& log)
    : listener_(std::move(listener)),
      is_handed_in_(is_handed_in),
      tls_(std::move(tls)),
      workers_(std::move(workers)),
      most_connections_(most_connections),
      on_connection_(std::move(on_connection)),
      unix_path_(std::move(unix_path)),
      log_(log) {}

Acceptor::~Acceptor() { end(); }

void Acceptor::start() {
  workers_.front()->every_tick([this] { say_when_over(); });
  asio::co_spawn(listener_.get_executor(), accept(), asio::detached);
}

void Acceptor::use(TlsServer tls) {
  workers_.front()->post([this, tls = std::move(tls)]() mutable { tls_ = std::move(tls); });
}

void Acceptor::allow(std::size_t most_connections) {
  workers_.front()->post([this, most_connections] { most_connections_ = most_connections; });
}

void Acceptor::close() {
  std::promise<void> closed;
  Worker& worker = *workers_.front();
  worker.post([&] {
    take_waiting();
    end();
    // One that was accepted before this may not have been handed over yet.
    worker.post([&] { closed.set_value(); });
  });
  closed.get_future().wait();
}

// Those that the kernel has let in: it would reset them with the socket.
void Acceptor::take_waiting() {
  error_code error;
  if (is_handed_in_ || !listener_.is_open()) return;
  for (listener_.non_blocking(true, error); !error;) {
    Worker& worker = least_loaded();
    auto socket = listener_.accept(worker.executor(), error);
    if (!error) hand_over(worker, std::move(socket));
  }
}

// The queue of a socket that was handed in is somebody else's as well, and so are the kernel's records of it: epoll
// goes on telling of such a socket unless it is taken out.
void Acceptor::end() {
  error_code ignored;
  if (!listener_.is_open()) return;
  if (is_handed_in_) {
    ::close(listener_.release(ignored));
    return;
  }
  // The path may soon be the next process's.
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  listener_.close(ignored);
}

std::string Acceptor::address() const {
  error_code ignored;
  return text(listener_.local_endpoint(ignored));
}

Worker& Acceptor::least_loaded() const {
  return **std::min_element(workers_.begin(), workers_.end(),
                            [](auto* a, auto* b) { return a->connections().load() < b->connections().load(); });
}

Task<> Acceptor::accept() {
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(
      listener_.get_executor());
  while (listener_.is_open()) {
    Worker& worker = least_loaded();
    auto [error, socket] = co_await listener_.async_accept(worker.executor(), use_task_tuple);
    if (error == asio::error::operation_aborted) co_return;
    std::size_t connections = 0;
    for (auto* each : workers_) connections += each->connections().load();
    if (error) note_failure(error);
    if (error || connections >= most_connections_) {
      // Out of descriptors or over the bound: a short pause, so that the loop does not spin.
      pause.expires_after(Milliseconds(error ? 100 : 1));
      co_await pause.async_wait(use_task_tuple);
      continue;
    }
    hand_over(worker, std::move(socket));
  }
}

void Acceptor::note_failure(const error_code& error) {
  if (!failures_.failed(workers_.front()->now())) return;
  log_.write(observe::Level::error,
             "a listener cannot accept connections; whoever connects waits until it can, which is tried all the time",
             {{"address", address()}, {"cause", accept_failure_in_words(error)}});
}

void Acceptor::say_when_over() {
  const auto failures = failures_.over(workers_.front()->now());
  if (failures == 0) return;
  log_.write(observe::Level::warning, "a listener can accept connections again",
             {{"address", address()}, {"failures", static_cast<std::int64_t>(failures)}});
}

void Acceptor::hand_over(Worker& worker, Socket socket) {
  ++worker.connections();
  worker.post([this, &worker, tls = tls_, accepted = std::move(socket)]() mutable {
    on_connection_(worker, std::move(accepted), std::move(tls));
  });
}

}  // namespace pointsman::net
