#include "pointsman/http/connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>

#include "pointsman/http/status.hpp"
#include "pointsman/net/dialer.hpp"

namespace pointsman::http {
namespace {

constexpr std::size_t read_size = 4096;           // room for a read of a head
constexpr std::size_t drain_size = 16 * 1024;     // and of a body that nobody wants
constexpr std::size_t kept_capacity = 16 * 1024;  // of a buffer between requests

void clear(net::Buffer& buffer) { buffer.capacity() > kept_capacity ? buffer.release() : buffer.clear(); }

}  // namespace

void Handler::close_connections() {
  is_closing_ = true;
  for (auto& connection : connections_) connection.close_soon();
}

void Connection::serve(net::Worker& worker, net::Socket socket, std::optional<net::TlsServer> tls, const Limits& limits,
                       net::Budget& budget, Handler& handler) {
  auto connection = std::make_shared<Connection>(worker, std::move(socket), limits, budget, handler);
  connection->input_.set_owner(connection);
  handler.connections_.push_back(*connection);
  auto task = connection->run(std::move(tls));
  // A handler answers for its own failures; what escapes it ends this connection and no other.
  net::asio::co_spawn(worker.executor(), std::move(task), [connection](std::exception_ptr) { connection->abort(); });
}

Connection::Connection(net::Worker& worker, net::Socket socket, const Limits& limits, net::Budget& budget,
                       Handler& handler)
    : worker_(worker),
      stream_(worker, std::move(socket)),
      limits_(limits),
      budget_(budget),
      handler_(handler),
      input_(stream_, limits),
      body_(stream_, input_, limits, budget),
      side_copy_(budget) {}

Connection::~Connection() { --worker_.connections(); }

net::Task<> Connection::run(std::optional<net::TlsServer> tls) {
  const bool is_usable = !tls || co_await start_tls(*tls);
  while (is_usable && co_await next_request()) {
    co_await handler_.handle(*this);
    const bool again = keeps_alive() && stream_.is_open() && !client_left();
    finish_request();
    if (!again) break;
  }
  if (stream_.is_open() && !client_left() && (!body_read_ || switched_)) co_await linger();
  stream_.finish();
  stream_.close();
}

// Plain HTTP is refused as any other request that is wrong.
net::Task<bool> Connection::start_tls(const net::TlsServer& tls) {
  // Of one that broke the connection it would not be known any more.
  const auto client = stream_.peer();
  stream_.expire_at(worker_.now() + limits_.head_time);
  const auto started = co_await stream_.start_tls(tls.session());
  stream_.never_expire();
  if (!started && handler_.handshake_failures_ != nullptr) {
    handler_.handshake_failures_->failed(stream_.handshake_failure(), net::text(client));
  }
  if (!started && started.error().code == ErrorCode::not_supported) {
    co_await refuse({400, "this port speaks TLS; write https:// in the URL"});
  }
  co_return started.has_value();
}

net::Task<bool> Connection::next_request() {
  answer_began_ = {};
  is_promised_ = false;
  body_read_ = true;
  Rejection rejection;
  if (!co_await receive_head(rejection)) {
    if (!rejection.reason.empty()) co_await refuse(rejection);
    co_return false;
  }
  stream_.never_expire();
  request_size_ = scan_.size();
  auto refused = parse(in_.view().substr(0, scan_.size()), limits_, head_);
  if (!refused) refused = judge(head_, framing_);
  if (refused) {
    co_await refuse(*refused);
    co_return false;
  }
  if (handler_.is_closing()) close_after_answer();
  body_read_ = framing_.kind == BodyKind::none || (framing_.kind == BodyKind::length && framing_.length == 0);
  if (body_read_) begin_watching();
  co_return true;
}

// False with a rejection: the client is to be told; without: it ended the connection, or sent nothing.
net::Task<bool> Connection::receive_head(Rejection& rejection) {
  scan_.reset();
  bool begun = !in_.empty();
  waiting_since_ = worker_.now();
  stream_.interrupt_at(begun ? waiting_since_ + limits_.head_time : latest_request());
  for (;;) {
    // Clients may send empty lines before a request (RFC 9112 §2.2); the one at hand may be half there.
    while (scan_.size() == 0 && in_.view().starts_with("\r\n")) in_.consume(2);
    const bool half_a_line = scan_.size() == 0 && in_.view() == "\r";
    const auto state = half_a_line ? HeadScan::State::need_more : scan_.step(in_.view(), limits_);
    if (state == HeadScan::State::complete) co_return true;
    if (state == HeadScan::State::malformed) {
      rejection = {400, "a line of the head is folded or does not end in CRLF"};
      co_return false;
    }
    if (state == HeadScan::State::too_large) {
      rejection = {431, "the head is larger than " + std::to_string(limits_.head) + " bytes"};
      co_return false;
    }
    if (!co_await receive_of_head(begun)) {
      if (begun && stream_.timed_out()) {
        rejection = {408, "the head was not whole after " + std::to_string(limits_.head_time.count()) + " ms"};
      }
      co_return false;
    }
    if (!begun) stream_.interrupt_at(worker_.now() + limits_.head_time);
    begun = true;
  }
}

net::Task<bool> Connection::receive_of_head(bool begun) {
  is_waiting_ = !begun;
  const bool came = co_await input_.receive(in_, read_size);
  is_waiting_ = false;
  // What came in the last moment is a request like any other.
  co_return came || (!begun && stream_.timed_out() && input_.receive_now(in_, read_size));
}

// By when the first byte of a request has to come.
MonotonicTime Connection::latest_request() const {
  return waiting_since_ + (handler_.is_closing() ? std::min(Handler::last_call, limits_.idle_time) : limits_.idle_time);
}

// Where the head of an answer has promised that the connection stays, the client may send its next request at once: it
// is told with the next answer.
void Connection::close_soon() {
  if (is_waiting_) stream_.interrupt_at(latest_request());
  if (!is_promised_) close_after_answer();
}

net::Task<> Connection::refuse(const Rejection& rejection) {
  head_ = RequestHead();
  framing_ = Framing{BodyKind::none, 0, false};
  body_read_ = false;
  co_await handler_.refuse(*this, rejection);
}

void Connection::begin_watching() { input_.watch(in_.size() - request_size_); }

net::Task<Result<std::string_view>> Connection::read_body() {
  if (body_read_) co_return std::string_view();
  const auto came = in_.view().substr(scan_.size());
  if (framing_.kind == BodyKind::length && framing_.length <= std::min(came.size(), limits_.body)) {
    const auto length = static_cast<std::size_t>(framing_.length);
    request_size_ = scan_.size() + length;
    body_read_ = true;
    begin_watching();
    co_return came.substr(0, length);
  }
  const auto read = co_await body_.read(head_, framing_, came);
  if (!read) co_return read.error();
  request_size_ = in_.size();
  body_read_ = true;
  begin_watching();
  co_return *read;
}

void Connection::release_request() {
  // What came behind the request is the next one.
  input_.keep(in_.view().substr(request_size_));
  in_.release();
  body_.release();
  side_copy_.release();
  head_.fields.release();
  head_.method = head_.target = head_.path = head_.query = {};
  request_size_ = 0;
}

void Connection::finish_request() {
  input_.stop_watching();
  in_.consume(request_size_);
  request_size_ = 0;
  in_.append(input_.ahead().view());
  clear(input_.ahead());
  body_.release();
  side_copy_.release();
  if (in_.empty()) clear(in_);
}

bool Connection::put(net::ConstBuffers buffers) {
  if (!answer_begun()) answer_began_ = std::chrono::steady_clock::now();
  if (!stream_.put(buffers)) return true;
  input_.set_left();
  return false;
}

net::Task<bool> Connection::flush() {
  stream_.expire_at(worker_.now() + limits_.write_pause);
  const auto error = co_await stream_.flush();
  stream_.never_expire();
  if (error) input_.set_left();
  co_return !error;
}

net::Task<bool> Connection::receive(net::Buffer& in, MonotonicTime until) {
  close_after_answer();
  switched_ = true;
  input_.stop_watching();
  if (take_ahead(in)) co_return true;
  if (client_left()) co_return false;
  stream_.interrupt_at(until);
  const bool came = co_await input_.receive(in, read_size);
  stream_.never_expire();
  co_return came;
}

net::Task<net::Stream*> Connection::take_stream(net::Buffer& came) {
  close_after_answer();
  switched_ = true;
  co_await input_.let_go();
  take_ahead(came);
  co_return &stream_;
}

// What came behind the request. False: nothing did.
bool Connection::take_ahead(net::Buffer& in) {
  const auto before = in.size();
  in.append(in_.view().substr(request_size_));
  in_.truncate(request_size_);
  in.append(input_.ahead().view());
  input_.ahead().release();
  return in.size() > before;
}

net::Task<bool> Connection::answer(const Answer& answer) {
  std::string head = status_line(answer.status);
  head += "Content-Type: ";
  head += answer.content_type;
  head += "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n";
  head += answer.fields;
  head += keeps_alive() ? "\r\n" : "Connection: close\r\n\r\n";
  const std::string_view body = is_head_request() ? std::string_view() : answer.body;
  const std::array buffers{net::asio::const_buffer(head.data(), head.size()),
                           net::asio::const_buffer(body.data(), body.size())};
  co_return put(buffers) && (!has_unsent() || co_await flush());
}

// A connection that is closed while bytes of the client are unread is reset, and the reset may overtake our answer
// (RFC 9112 §9.6): so we end our side, and read for a while.
net::Task<> Connection::linger() {
  stream_.finish();
  stream_.expire_at(worker_.now() + limits_.linger_time);
  net::Buffer unread;
  for (std::size_t drained = 0; drained < limits_.drained;) {
    unread.clear();
    if (!co_await input_.receive(unread, drain_size)) break;
    drained += unread.size();
  }
}

}  // namespace pointsman::http
