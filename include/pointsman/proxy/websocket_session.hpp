#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <string_view>

#include "pointsman/observe/histogram.hpp"

// What is open of WebSocket on one worker.
namespace pointsman::proxy {

// What one worker counts of them. Written by its worker, read by whoever renders the metrics.
struct WebSocketCounts {
  observe::Counter opened;  // the client was told 101
  observe::Counter closed;
  observe::Counter messages_in;  // whole ones, from clients
  observe::Counter messages_out;
};

// A connection that the client was told 101 on, from then to its end. Counted, and listed so that a gateway that stops
// can tell its client. Lives on one worker.
class WebSocketSession
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // The codes of close frames that we send (RFC 6455 §7.4.1, and its registry).
  static constexpr std::uint16_t going_away = 1001;
  static constexpr std::uint16_t protocol_error = 1002;
  static constexpr std::uint16_t unsupported_data = 1003;
  static constexpr std::uint16_t policy = 1008;
  static constexpr std::uint16_t too_big = 1009;
  static constexpr std::uint16_t failure = 1011;
  static constexpr std::uint16_t restart = 1012;
  static constexpr std::uint16_t try_again = 1013;
  static constexpr std::string_view restart_reason = "the gateway restarts: connect again";

  explicit WebSocketSession(WebSocketCounts& counts) : counts_(counts) { counts_.opened.add(); }
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;

  // Ends it: the client is told to connect again (1012) as soon as a frame to it has ended.
  virtual void drain() = 0;

 protected:
  ~WebSocketSession() { counts_.closed.add(); }
  WebSocketCounts& counts_;
};

using WebSocketSessions = boost::intrusive::list<WebSocketSession, boost::intrusive::constant_time_size<false>>;

}  // namespace pointsman::proxy
