#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "pointsman/net/buffer.hpp"
#include "pointsman/net/deadline.hpp"
#include "pointsman/net/edge_socket.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/net/tls_channel.hpp"
#include "pointsman/net/worker.hpp"

namespace pointsman::net {

using ConstBuffers = std::span<const asio::const_buffer>;

// A connected byte stream, plain or TLS, over TCP or a Unix-domain socket, with a deadline. Lives on one worker. It
// waits for readiness and then reads without blocking into a buffer that the caller chooses at that moment, so that an
// idle connection holds no buffer. When the deadline passes, or close() is called, whatever is awaited ends with an
// error. The destructor closes.
class Stream final : private Deadline {
 public:
  Stream(Worker& worker, Socket socket);
  ~Stream() override { close(); }

  // Completes when there is something to read (bytes, the end, or an error). Only after has_buffered().
  //   const auto [error] = co_await stream.readable();
  template <class Token>
  auto readable(Token&& token) {
    drained_ = false;  // until it is read, what there is makes no news
    if (tls_ && tls_->reads_when_writable()) {
      return socket_.async_wait(Socket::wait_write, std::forward<Token>(token));
    }
    return socket_.async_wait_until_readable(std::forward<Token>(token));
  }
  auto readable() { return readable(use_task_tuple); }
  auto writable() { return socket_.async_wait(Socket::wait_write, use_task_tuple); }
  auto connect(const PeerAddress& address) { return socket_.async_connect(address, use_task_tuple); }

  // The same without asking the kernel, which it knows by its news. What came together with the bytes that were read
  // last is none: an end that did must be looked for after a while, by is_quiet() or by waiting until readable().
  auto news() { return hears_news() ? socket_.async_wait_for_edge(use_task_tuple) : readable(); }
  // Whether there is a difference.
  template <class Handler>
  bool on_news(Handler handler) {
    if (!hears_news()) {
      readable(std::move(handler));
      return false;
    }
    socket_.async_wait_for_edge(std::move(handler));
    return true;
  }

  bool is_encrypted() const { return tls_ != nullptr; }
  // TLS may hold bytes that readable() would not announce: read before waiting.
  bool has_buffered() const { return tls_ && tls_->has_buffered(); }

  // What is there now. Zero with would_block: nothing yet; zero with eof: the other side has finished.
  std::size_t read_some(std::span<char> room, error_code& error);

  // Writes what the socket takes at once and keeps a copy of the rest, which flush() goes on with. While there is any,
  // nothing else may be written.
  error_code put(ConstBuffers buffers);
  bool has_unsent() const { return !unsent_.empty(); }
  Task<error_code> flush();
  // Both.
  Task<error_code> write(ConstBuffers buffers);

  // Writes without waiting, for whoever has to listen to the other side at the same time: begin_write() writes what is
  // taken at once, and listen_while_writing() goes on while it waits for something to read. The buffers must hold until
  // then. What could not be written says write_error(); what was said meanwhile still counts.
  void begin_write(ConstBuffers buffers);
  bool is_writing() const { return !unwritten_.empty() && !write_error_; }
  const error_code& write_error() const { return write_error_; }
  Task<std::tuple<error_code>> listen_while_writing();

  // TLS from here on. Errors: not_supported (the other side speaks plain HTTP), protocol (all else; the message says
  // what). After one the stream is plain again, so that the other side can be told.
  Task<Result<void>> start_tls(Ssl session);
  // After an error, for whoever is the server: what the client did.
  HandshakeFailure handshake_failure() const { return handshake_failure_; }

  // Nothing has come, TLS's own messages aside, and the other side has not closed: fit for another request. Never
  // blocks.
  bool is_quiet();

  // The stream has ended by then, or what is awaited is interrupted with an error and the stream stays open.
  void expire_at(MonotonicTime at) { set_deadline(at, false); }
  void interrupt_at(MonotonicTime at) { set_deadline(at, true); }
  using Deadline::never_expire;
  bool timed_out() const { return timed_out_; }
  // Whether the other side takes nothing any more, as far as is known without reading or writing.
  bool is_broken() const;

  // What is awaited ends with an error; the stream stays open.
  void interrupt();

  bool is_open() const { return socket_.is_open(); }
  // The other side's address, as far as it is still known.
  PeerAddress peer() const;
  void close();
  // Closes with a reset, so that the other side cannot take what it has for the whole.
  void abort();
  // Says that nothing more will be written.
  void finish();

  Worker& worker() { return worker_; }

 private:
  void set_deadline(MonotonicTime at, bool interrupts) {
    Deadline::expire_at(at);
    interrupts_ = interrupts;
    timed_out_ = false;
  }
  void expired() override;
  bool hears_news() const { return drained_ && !tls_; }
  std::size_t write_some(ConstBuffers buffers, error_code& error);
  void write_further(ConstBuffers buffers);

  // In the order of use: what each piece of a stream needs stands together.
  Worker& worker_;
  EdgeSocket socket_;
  std::unique_ptr<TlsChannel> tls_;  // nullptr: plain
  bool drained_ = true;              // the last read took all that there was
  bool interrupts_ = false;
  bool timed_out_ = false;
  HandshakeFailure handshake_failure_ = HandshakeFailure::other;
  std::vector<asio::const_buffer> unwritten_;  // of begin_write()
  error_code write_error_;
  Buffer unsent_;  // of put()
};

}  // namespace pointsman::net
