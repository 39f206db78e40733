#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <span>
#include <string>

#include "pointsman/net/buffer.hpp"
#include "pointsman/net/deadline.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/net/tls.hpp"
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

  // Completes when there is something to read (bytes, the end, or an error); at once while TLS holds decrypted bytes.
  //   const auto [error] = co_await stream.readable();
  auto readable() { return socket_.async_wait(Socket::wait_read, use_task_tuple); }
  auto writable() { return socket_.async_wait(Socket::wait_write, use_task_tuple); }
  auto connect(const PeerAddress& address) { return socket_.async_connect(address, use_task_tuple); }
  template <class Handler>
  void on_readable(Handler handler) {
    socket_.async_wait(Socket::wait_read, std::move(handler));
  }

  // TLS has decrypted bytes that readable() would not announce: read before waiting.
  bool has_buffered() const { return ssl_ && SSL_pending(ssl_.get()) > 0; }

  // What is there now. Zero with would_block: nothing yet; zero with eof: the other side has finished.
  std::size_t read_some(std::span<char> room, error_code& error);

  // Writes all, at once if the socket takes it; only what it does not take is copied and awaited, so the buffers need
  // not outlive the first suspension.
  Task<error_code> write(ConstBuffers buffers);

  // TLS from here on. The error, if any, is in words.
  Task<std::string> start_tls(Ssl session);

  // Nothing has come and the other side has not closed: fit for another request. Never blocks.
  bool is_quiet();

  using Deadline::expire_at;
  using Deadline::never_expire;
  bool timed_out() const { return timed_out_; }

  bool is_open() const { return socket_.is_open(); }
  void close();
  // Closes with a reset, so that the other side cannot take what it has for the whole.
  void abort();
  // Says that nothing more will be written.
  void finish();

  Worker& worker() { return worker_; }

 private:
  void expired() override;
  std::size_t write_some(ConstBuffers buffers, error_code& error);
  std::size_t write_tls(ConstBuffers buffers, error_code& error);
  error_code tls_result(int result);

  Worker& worker_;
  Socket socket_;
  Ssl ssl_;
  Buffer unsent_;
  bool timed_out_ = false;
};

}  // namespace pointsman::net
