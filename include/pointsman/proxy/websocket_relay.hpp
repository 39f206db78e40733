#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "pointsman/http/limits.hpp"
#include "pointsman/http/websocket_frame.hpp"
#include "pointsman/net/budget.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/net/stream.hpp"
#include "pointsman/proxy/websocket_session.hpp"

namespace pointsman::proxy {

// Passes what a client and an endpoint say to each other over WebSocket, every byte as it came; follows only where the
// frames end. What was read is written before more is read, so a slow reader holds its writer up, and an idle
// connection holds no buffer.
//
// When one side leaves, breaks the protocol or says nothing for too long, the other is told in a close frame, where
// none of its frames is half written, and both connections end: the endpoint's at once, the client's when its owner
// closes it. Belongs to a coroutine of the worker of both streams.
class WebSocketRelay final : public WebSocketSession, private net::Deadline {
 public:
  struct Between {
    net::Stream& client;
    net::Stream& upstream;
    bool has_extension = false;   // one was agreed on
    Milliseconds idle_timeout{};  // for both sides together; pings count
  };

  WebSocketRelay(Between sides, const http::Limits& limits, WebSocketCounts& counts);

  // Completes when it is over. `from_client` and `from_upstream` are what came already; `share`, if there is one, is
  // given back when the client's has been passed on.
  net::Task<> run(net::Buffer from_client, net::Buffer from_upstream, net::BudgetShare* share = nullptr);
  void drain() override;

  // Why it ended; empty: one side closed, and the other one agreed.
  std::string_view cause() const { return cause_; }
  std::uint64_t bytes_in() const { return up_.bytes; }
  std::uint64_t bytes_out() const { return down_.bytes; }

 private:
  // One of the two ways.
  struct Way {
    net::Stream& from;
    net::Stream& to;
    http::FrameReader frames;
    Milliseconds write_pause;
    observe::Counter& messages;
    std::uint64_t bytes = 0;
    bool writing = false;
  };

  net::Task<> go(Way& way, net::Buffer came, net::BudgetShare* share);
  net::Task<bool> pass(Way& way, std::span<char> bytes);
  std::size_t follow(Way& way, std::string_view bytes);
  void stop(std::string_view cause, std::uint16_t code, std::string_view reason);
  void stop_reading(const Way& way);
  void say_close(const Way& way, const std::string& frame);
  void expired() override;
  void note_life();

  net::Worker& worker_;
  Milliseconds idle_timeout_;
  Way up_;
  Way down_;
  net::Event down_ended_;
  std::string_view cause_;
  bool stopped_ = false;
  bool draining_ = false;
};

}  // namespace pointsman::proxy
