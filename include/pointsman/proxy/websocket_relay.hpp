#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pointsman/http/limits.hpp"
#include "pointsman/http/websocket_frame.hpp"
#include "pointsman/net/budget.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/net/stream.hpp"
#include "pointsman/proxy/client_message.hpp"
#include "pointsman/proxy/heard_messages.hpp"
#include "pointsman/proxy/message_judge.hpp"
#include "pointsman/proxy/websocket_session.hpp"

namespace pointsman::proxy {

// Passes what a client and an endpoint say to each other over WebSocket, every byte as it came; follows only where the
// frames end. What was read is written before more is read, so a slow reader holds its writer up, and an idle
// connection holds no buffer. Where there is a judge, each message of the client is collected and judged before it goes
// on.
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
    MessageJudge* judge = nullptr;
    HeardMessages* hears = nullptr;  // is given the endpoint's messages before the client is
    bool must_hear = false;          // the connection ends behind a message that was not heard
  };
  struct Came {
    net::Buffer judged;  // from the client, and may go on as it is
    net::Buffer from_client;
    net::Buffer from_upstream;
  };

  // `share`: what the messages that are collected take of the budget.
  WebSocketRelay(Between sides, const http::Limits& limits, net::BudgetShare& share, WebSocketCounts& counts);

  // Completes when it is over. `came` is what was read already.
  net::Task<> run(Came came);
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

  net::Task<> go(Way& way, net::Buffer judged, net::Buffer came);
  net::Task<bool> take(Way& way, std::string_view bytes);
  net::Task<bool> judge(std::string_view bytes);
  net::Task<bool> pass_message(const MessageJudge::Verdict& verdict);
  net::Task<bool> pass(Way& way, std::string_view bytes);
  std::size_t follow(Way& way, std::string_view bytes);
  void stop(std::string_view cause, std::uint16_t code, std::string_view reason);
  void stop_reading(const Way& way);
  void say_close(const Way& way, const std::string& frame);
  void say_words();
  void expired() override;
  void note_life();

  net::Worker& worker_;
  Milliseconds idle_timeout_;
  Way up_;
  Way down_;
  MessageJudge* judge_;
  HeardMessages* hears_;
  bool must_hear_;
  ClientMessage message_;
  net::BudgetShare& share_;
  std::string words_;  // frames of ours that the client is to get between two messages
  net::Event down_ended_;
  std::string_view cause_;
  bool stopped_ = false;
  bool draining_ = false;
};

}  // namespace pointsman::proxy
