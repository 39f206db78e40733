#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/error.hpp"
#include "pointsman/http/error_answer.hpp"
#include "pointsman/http/framing.hpp"
#include "pointsman/http/head.hpp"
#include "pointsman/http/limits.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/net/stream.hpp"

namespace pointsman::http {

class Connection;

// Answers requests. One per worker; handle() is called for each request in turn, and must have written a whole answer
// (or called cut() or abort()) when it completes.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual net::Task<> handle(Connection& connection) = 0;
};

// Who wants to know that the client has gone. Called once at most, from the worker's loop.
class LeaveListener {
 public:
  virtual void client_left() = 0;

 protected:
  ~LeaveListener() = default;
};

// An answer of our own, whole.
struct Answer {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string_view body;
  std::string_view fields;  // further fields, each ending in CRLF
};

// A client's connection: reads one request after the other, lets the handler answer it, and stays open between them as
// RFC 9112 §9.3 says. Owns itself: it lives until its coroutine ends. Lives on one worker.
//
// While a request is being answered it goes on watching the client: bytes that come are the next request, kept up to a
// bound; the end means that the client has left, whatever phase the request is in.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  static void serve(net::Worker& worker, net::Socket socket, const Limits& limits, Handler& handler);
  Connection(net::Worker& worker, net::Socket socket, const Limits& limits, Handler& handler);
  ~Connection();

  net::Worker& worker() { return worker_; }
  const Limits& limits() const { return limits_; }

  // --- the request; its views hold until handle() completes or release_request() is called
  const RequestHead& head() const { return head_; }
  bool is_head_request() const { return head_.method == "HEAD"; }
  // The whole body, chunks taken off, followed by payload::padding readable bytes. Asks for it where the client waits
  // to be asked (100-continue). Errors: too_large, invalid_input (bad chunks), cancelled (the client left or stalled).
  net::Task<Result<std::string_view>> read_body();
  // Gives back the memory of the request: it has been sent, and no other attempt will follow.
  void release_request();

  // --- the client
  bool client_left() const { return left_; }
  // From now on, until handle() completes. nullptr: nobody. If the client has left already, at once.
  void notify_leave(LeaveListener* listener);

  // --- the answer
  bool answer_begun() const { return answer_begun_; }
  // Whether the connection will serve another request: the answer's Connection field has to say so.
  bool keeps_alive() const { return framing_.keep_alive && body_read_; }
  void close_after_answer() { framing_.keep_alive = false; }
  // False: the client is gone or takes nothing; there is no use in going on.
  net::Task<bool> write(net::ConstBuffers buffers);
  net::Task<bool> answer(const Answer& answer);
  // Ends the connection where it is: an answer whose framing says that more would come is seen to be cut.
  void cut() { stream_.close(); }
  // Ends it with a reset, which an answer without framing needs to be seen as cut; what the client has not read is
  // lost.
  void abort() { stream_.abort(); }

 private:
  enum class Phase : std::uint8_t { reading, watching };

  net::Task<> run();
  net::Task<bool> next_request();
  net::Task<bool> receive(net::Buffer& buffer, std::size_t room);
  net::Task<Result<std::string_view>> read_sized_body();
  net::Task<Result<std::string_view>> read_chunked_body();
  net::Task<> invite_body();
  net::Task<> refuse(const Rejection& rejection);
  net::Task<> linger();
  void begin_watching();
  void watch();
  void await_input();
  void input_came(bool failed);
  void look_ahead();
  void leave();
  void finish_request();

  net::Worker& worker_;
  net::Stream stream_;
  const Limits& limits_;
  Handler& handler_;

  net::Buffer in_;     // the head at hand, and what came with it
  net::Buffer body_;   // a body that did not come whole with its head
  net::Buffer ahead_;  // read while the request was being answered
  HeadScan scan_;
  RequestHead head_;
  Framing framing_;
  std::size_t request_size_ = 0;  // bytes of in_ that belong to the request at hand

  net::Event input_;
  LeaveListener* listener_ = nullptr;
  Phase phase_ = Phase::reading;
  bool awaiting_input_ = false;
  bool left_ = false;
  bool body_read_ = false;
  bool answer_begun_ = false;
};

}  // namespace pointsman::http
