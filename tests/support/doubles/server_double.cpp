#include "server_double.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <mutex>
#include <thread>

namespace pointsman::test {

using Protocol = boost::asio::generic::stream_protocol;

std::string Reply::bytes() const {
  if (!raw.empty()) return raw;
  std::string result = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n";
  for (const auto& [name, value] : headers) result += name + ": " + value + "\r\n";
  return result + "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

class ServerDouble::Server {
 public:
  Server(Answer answer, ListenOptions options) : answer_(std::move(answer)), options_(std::move(options)) {
    const Protocol::endpoint at =
        options_.unix_path.empty()
            ? Protocol::endpoint(boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0))
            : Protocol::endpoint(boost::asio::local::stream_protocol::endpoint(options_.unix_path));
    acceptor_.open(at.protocol());
    acceptor_.bind(at);
    acceptor_.listen();
    if (options_.unix_path.empty()) {
      const auto bound = acceptor_.local_endpoint();
      port_ = ntohs(reinterpret_cast<const sockaddr_in*>(bound.data())->sin_port);
    }
    thread_ = std::thread([this] { serve(); });
  }

  ~Server() {
    stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes accept()
    {
      const std::lock_guard lock(mutex_);
      if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
  }

  std::uint16_t port() const { return port_; }

  config::Url url(const std::string& path) const {
    const std::string scheme = options_.tls != nullptr ? "https" : "http";
    if (!options_.unix_path.empty()) return config::parse_url("unix:" + options_.unix_path).value();
    return config::parse_url(scheme + "://127.0.0.1:" + std::to_string(port_) + path).value();
  }

  std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve() {
    while (!stopping_) {
      boost::system::error_code error;
      Protocol::socket socket(context_);
      acceptor_.accept(socket, error);
      if (error) continue;
      {
        const std::lock_guard lock(mutex_);
        connection_ = socket.native_handle();
      }
      if (options_.tls != nullptr) {
        boost::asio::ssl::stream<Protocol::socket&> stream(socket, *options_.tls);
        stream.handshake(boost::asio::ssl::stream_base::server, error);
        if (!error) converse(stream);
      } else {
        converse(socket);
      }
      const std::lock_guard lock(mutex_);
      connection_ = -1;
    }
  }

  template <class Stream>
  void converse(Stream& stream) {
    namespace http = boost::beast::http;
    boost::system::error_code error;
    boost::beast::flat_buffer buffer;
    http::request_parser<http::string_body> parser;
    http::read(stream, buffer, parser, error);
    if (error) return;
    Asked asked{std::string(parser.get().method_string()), std::string(parser.get().target()), parser.get().body(), {}};
    for (const auto& field : parser.get()) {
      std::string name(field.name_string());
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      asked.headers[name] = std::string(field.value());
    }
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(asked);
    }
    const Reply reply = answer_(asked);
    boost::asio::write(stream, boost::asio::buffer(reply.bytes()), error);
    while (!reply.drip.empty() && !error && !stopping_) {
      boost::asio::write(stream, boost::asio::buffer(reply.drip), error);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // what is tested is that slowness
    }
    char rest[1];
    while (reply.never_ends && !error && !stopping_) stream.read_some(boost::asio::buffer(rest), error);
  }

  Answer answer_;
  ListenOptions options_;
  boost::asio::io_context context_;
  boost::asio::basic_socket_acceptor<Protocol> acceptor_{context_};
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  int connection_ = -1;
  std::vector<Asked> asked_;
  std::thread thread_;
};

ServerDouble::ServerDouble(Answer answer, ListenOptions options)
    : server_(std::make_unique<Server>(std::move(answer), std::move(options))) {}

ServerDouble::~ServerDouble() = default;

std::uint16_t ServerDouble::port() const { return server_->port(); }

config::Url ServerDouble::url(const std::string& path) const { return server_->url(path); }

std::vector<Asked> ServerDouble::asked() const { return server_->asked(); }

std::vector<std::string> ServerDouble::lines() const {
  std::vector<std::string> result;
  for (const auto& each : asked()) result.push_back(each.line());
  return result;
}

}  // namespace pointsman::test
