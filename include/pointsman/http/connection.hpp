#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/error.hpp"
#include "pointsman/base/prefetch.hpp"
#include "pointsman/http/client_input.hpp"
#include "pointsman/http/framing.hpp"
#include "pointsman/http/head.hpp"
#include "pointsman/http/limits.hpp"
#include "pointsman/http/request_body.hpp"
#include "pointsman/net/counted_buffer.hpp"
#include "pointsman/net/stream.hpp"
#include "pointsman/net/tls_server.hpp"

namespace pointsman::http {

class Connection;

// What close_connections() finds a connection by.
using OpenConnection = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// Answers requests. One per worker, and on that worker only. Outlives its connections.
class Handler {
 public:
  // A client that got its last answer a shorter time ago than this may be writing its next request.
  static constexpr Milliseconds last_call{1'000};

  virtual ~Handler() = default;
  // Called for each request in turn; must have written a whole answer (or called cut() or abort()) when it completes.
  virtual net::Task<> handle(Connection& connection) = 0;
  // Called instead where the head is refused: head() is empty, and the connection closes behind the answer.
  virtual net::Task<> refuse(Connection& connection, const Rejection& rejection) = 0;

  // Where TLS handshakes of clients that fail are noted; before the first connection.
  void note_in(net::HandshakeFailures& failures) { handshake_failures_ = &failures; }

  // The gateway stops: from now on every connection ends with its next answer, which says so (RFC 9112 §9.6), or when
  // it has waited for a request for as long as the last call is. A request that has come by then is answered.
  void close_connections();
  bool is_closing() const { return is_closing_; }

 private:
  friend class Connection;
  boost::intrusive::list<Connection, boost::intrusive::base_hook<OpenConnection>,
                         boost::intrusive::constant_time_size<false>>
      connections_;
  bool is_closing_ = false;
  net::HandshakeFailures* handshake_failures_ = nullptr;  // nullptr: nowhere
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
class Connection final : public std::enable_shared_from_this<Connection>, public OpenConnection {
 public:
  // `tls`: what the client has to speak; absent: plain HTTP.
  static void serve(net::Worker& worker, net::Socket socket, std::optional<net::TlsServer> tls, const Limits& limits,
                    net::Budget& budget, Handler& handler);
  Connection(net::Worker& worker, net::Socket socket, const Limits& limits, net::Budget& budget, Handler& handler);
  ~Connection();

  net::Worker& worker() { return worker_; }
  const Limits& limits() const { return limits_; }
  net::Budget& budget() { return budget_; }

  // --- the request; its views hold until handle() completes or release_request() is called
  const RequestHead& head() const { return head_; }
  bool is_head_request() const { return head_.method == "HEAD"; }
  // The whole body, as RequestBody::read() says.
  net::Task<Result<std::string_view>> read_body();
  // For the body in another form, if whoever reads it needs one; given back with it.
  net::CountedBuffer& side_copy() { return side_copy_; }
  // Gives back the memory of the request: it has been sent, and no other attempt will follow.
  void release_request();

  // --- the client
  net::PeerAddress peer() const { return stream_.peer(); }
  bool is_encrypted() const { return stream_.is_encrypted(); }
  bool client_left() const { return input_.left(); }
  // From now on, until handle() completes. nullptr: nobody. If the client has left already, at once.
  void notify_leave(LeaveListener* listener) { input_.notify_leave(listener); }

  // --- the answer
  bool answer_begun() const { return answer_began_ != std::chrono::steady_clock::time_point(); }
  // When its first bytes were ready to go to the client, if it has begun.
  std::chrono::steady_clock::time_point answer_began() const { return answer_began_; }
  // Whether the connection will serve another request: the answer's Connection field has to say so, and what it says
  // is kept.
  bool keeps_alive() {
    is_promised_ = true;
    return framing_.keep_alive && body_read_ && !input_.overflowed();
  }
  void close_after_answer() { framing_.keep_alive = false; }
  // Writes what the client takes at once; flush() writes the rest, if there is any. False: the client is gone or takes
  // nothing; there is no use in going on.
  bool put(net::ConstBuffers buffers);
  // Something will be put soon.
  void expect_put() const { prefetch(answer_began_, stream_); }
  bool has_unsent() const { return stream_.has_unsent(); }
  net::Task<bool> flush();
  net::Task<bool> answer(const Answer& answer);
  // Ends the connection where it is: an answer whose framing says that more would come is seen to be cut.
  void cut() { stream_.close(); }
  // Ends it with a reset, which an answer without framing needs to be seen as cut; what the client has not read is
  // lost.
  void abort() { stream_.abort(); }

  // --- another protocol: the client was told 101 (RFC 9110 §15.2.2), and what it sends is no request any more. No
  // other request follows, and the client gets some time to read what was written last. Appends what it sends next.
  // False: it ended or broke the connection, or the time has passed.
  net::Task<bool> receive(net::Buffer& in, MonotonicTime until);
  // After receive(): from now on the client is watched again, as while a request is being answered.
  void watch_again() { input_.watch(0); }
  // More came than is kept while the client is watched, and some was thrown away.
  bool overflowed() const { return input_.overflowed(); }
  // The connection itself, which nobody here reads or writes any more; it ends when handle() completes. Appends to
  // `came` what was read already.
  net::Task<net::Stream*> take_stream(net::Buffer& came);

 private:
  friend class Handler;
  void close_soon();
  net::Task<> run(std::optional<net::TlsServer> tls);
  net::Task<bool> start_tls(const net::TlsServer& tls);
  net::Task<bool> next_request();
  net::Task<bool> receive_head(Rejection& rejection);
  net::Task<bool> receive_of_head(bool begun);
  MonotonicTime latest_request() const;
  net::Task<> refuse(const Rejection& rejection);
  net::Task<> linger();
  void begin_watching();
  bool take_ahead(net::Buffer& in);
  void finish_request();

  net::Worker& worker_;
  std::chrono::steady_clock::time_point answer_began_{};
  net::Stream stream_;
  const Limits& limits_;
  net::Budget& budget_;
  Handler& handler_;

  net::Buffer in_;  // the head at hand, and what came with it
  ClientInput input_;
  RequestBody body_;
  net::CountedBuffer side_copy_;
  HeadScan scan_;
  RequestHead head_;
  Framing framing_;
  std::size_t request_size_ = 0;  // bytes of in_ that belong to the request at hand

  bool body_read_ = false;
  bool is_promised_ = false;  // the answer's head says whether the connection stays
  bool switched_ = false;     // to another protocol
  bool is_waiting_ = false;   // for the first byte of a request
  MonotonicTime waiting_since_{};
};

}  // namespace pointsman::http
