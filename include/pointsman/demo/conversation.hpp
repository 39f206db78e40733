#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/demo/gate.hpp"
#include "pointsman/demo/message.hpp"

namespace pointsman::demo {

// One connection as a script sees it: the request that is to be answered, and full control over every byte and over the
// end of the connection. Belongs to the server's thread; a script must not keep it beyond its return.
// Every operation throws boost::system::system_error when the client has left: a script lets that pass.
class Conversation {
 public:
  Conversation(boost::asio::ip::tcp::socket socket, std::size_t connection);

  const Request& request() const { return request_; }
  std::size_t connection() const { return connection_; }  // 1 for the server's first connection
  std::size_t turn() const { return turn_; }              // 1 for the connection's first request

  // Exactly these bytes, in one write.
  boost::asio::awaitable<void> send(std::string bytes);
  // The rest of the request, for a script that began when only the head was there. Throws if it never comes.
  boost::asio::awaitable<void> read_body();
  // What comes behind the request, as far as one read gives it; empty when the client has left. For scripts that speak
  // another protocol from then on: nothing of it is taken for a request.
  boost::asio::awaitable<std::string> receive();
  // Returns when the client has closed or reset the connection. What it still sends belongs to the next request.
  boost::asio::awaitable<void> until_client_leaves();
  boost::asio::awaitable<void> wait(Gate gate);
  boost::asio::awaitable<void> pause(Milliseconds duration);

  // An orderly end. A body that promised more than was sent is then cut short.
  void close();
  // The connection vanishes with a RST: the client gets an error, not an end of file.
  void reset();

  // For the server. Reads the next request's head; false when the client closes or sends what is not HTTP (see fault).
  boost::asio::awaitable<bool> next_request();
  bool is_open() const { return socket_.is_open(); }
  bool client_left() const { return client_left_; }
  const std::string& fault() const { return fault_; }

 private:
  boost::asio::awaitable<bool> read_more();

  boost::asio::ip::tcp::socket socket_;
  std::size_t connection_;
  std::size_t turn_ = 0;
  std::string received_;  // came, but belongs to no request yet
  MessageReader reader_{MessageReader::Expect::request};
  Request request_;
  bool client_left_ = false;
  std::string fault_;
};

}  // namespace pointsman::demo
