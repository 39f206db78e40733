#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "pointsman/demo/conversation.hpp"

namespace pointsman::demo {

// An HTTP/1.1 server on a free loopback port that does what its script says, byte for byte: the demo endpoint, and the
// upstream of the tests. It has a thread of its own. The script runs there once for each request; when it returns, the
// connection is kept for the next request, unless the script or the request ends it.
// The destructor cuts every connection and script off and joins the thread.
class ScriptedServer {
 public:
  using Script = std::function<boost::asio::awaitable<void>(Conversation&)>;

  struct Options {
    bool begin_with_head = false;  // the script begins before the body has come, and calls read_body() itself
    bool keep_requests = true;     // false for a server that runs for long
    std::uint16_t port = 0;        // 0: a free one
  };

  // What has happened so far.
  struct Seen {
    std::size_t connections = 0;      // accepted
    std::size_t open = 0;             // of those, now
    std::size_t requests = 0;         // for which the script began
    std::size_t abandoned = 0;        // whose client left before the script was through
    std::vector<Request> kept;        // the requests themselves, in the order of their beginning
    std::vector<std::string> faults;  // what was no HTTP, and what scripts threw
  };

  // Throws boost::system::system_error when there is no port to be had.
  explicit ScriptedServer(Script script) : ScriptedServer(std::move(script), Options{}) {}
  ScriptedServer(Script script, Options options);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const;  // http://127.0.0.1:PORT

  // These are safe from every thread.
  Seen seen() const;
  // Waits until the predicate holds, at most for so long; false if it never did.
  bool wait_for(const std::function<bool(const Seen&)>& predicate, Milliseconds at_most) const;

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<bool> answer(Conversation& conversation);
  void note(const std::function<void(Seen&)>& change);

  Script script_;
  Options options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Seen seen_;
  boost::asio::io_context context_{1};  // after what the coroutines use, which end with it
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::thread thread_;
};

}  // namespace pointsman::demo
