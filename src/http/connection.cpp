#include "pointsman/http/connection.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <charconv>

#include "pointsman/base/request_id.hpp"
#include "pointsman/http/chunk_decoder.hpp"
#include "pointsman/http/status.hpp"

namespace pointsman::http {
namespace {

constexpr std::size_t read_size = 4096;           // room for a read of a head
constexpr std::size_t kept_capacity = 16 * 1024;  // of a buffer between requests
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

Error client_gone() {
  return {ErrorCode::cancelled, Origin::client, false, "the client left while sending its request"};
}

Error body_too_large(std::size_t limit) {
  return {ErrorCode::too_large, Origin::client, false,
          "the request body is larger than the " + std::to_string(limit) + " bytes that limits.request_body allows"};
}

void clear(net::Buffer& buffer) { buffer.capacity() > kept_capacity ? buffer.release() : buffer.clear(); }

}  // namespace

void Connection::serve(net::Worker& worker, net::Socket socket, const Limits& limits, Handler& handler) {
  auto connection = std::make_shared<Connection>(worker, std::move(socket), limits, handler);
  auto task = connection->run();
  // A handler answers for its own failures; what escapes it ends this connection and no other.
  net::asio::co_spawn(worker.executor(), std::move(task), [connection](std::exception_ptr) { connection->abort(); });
}

Connection::Connection(net::Worker& worker, net::Socket socket, const Limits& limits, Handler& handler)
    : worker_(worker), stream_(worker, std::move(socket)), limits_(limits), handler_(handler) {}

Connection::~Connection() { --worker_.connections(); }

net::Task<> Connection::run() {
  while (co_await next_request()) {
    co_await handler_.handle(*this);
    const bool again = keeps_alive() && stream_.is_open() && !left_;
    finish_request();
    if (!again) break;
  }
  if (stream_.is_open() && !left_ && !body_read_) co_await linger();
  stream_.finish();
  stream_.close();
}

net::Task<bool> Connection::next_request() {
  answer_begun_ = false;
  body_read_ = true;
  scan_.reset();
  bool begun = !in_.empty();
  stream_.expire_at(worker_.now() + (begun ? limits_.head_time : limits_.idle_time));
  for (;;) {
    // Clients may send empty lines before a request (RFC 9112 §2.2); the one at hand may be half there.
    while (scan_.size() == 0 && in_.view().starts_with("\r\n")) in_.consume(2);
    const bool half_a_line = scan_.size() == 0 && in_.view() == "\r";
    const auto state = half_a_line ? HeadScan::State::need_more : scan_.step(in_.view(), limits_);
    if (state == HeadScan::State::complete) break;
    if (state != HeadScan::State::need_more) {
      const bool malformed = state == HeadScan::State::malformed;
      co_await refuse(malformed ? Rejection{400, "a line of the head is folded or does not end in CRLF"}
                                : Rejection{431, "the head is larger than " + std::to_string(limits_.head) + " bytes"});
      co_return false;
    }
    if (!co_await receive(in_, read_size)) co_return false;
    if (!begun) stream_.expire_at(worker_.now() + limits_.head_time);
    begun = true;
  }
  stream_.never_expire();
  request_size_ = scan_.size();
  if (const auto wrong = parse(in_.view().substr(0, scan_.size()), limits_, head_)) {
    co_await refuse({400, "the request head is malformed: " + *wrong});
    co_return false;
  }
  if (const auto rejection = judge(head_, framing_)) {
    co_await refuse(*rejection);
    co_return false;
  }
  body_read_ = framing_.kind == BodyKind::none || (framing_.kind == BodyKind::length && framing_.length == 0);
  if (body_read_) begin_watching();
  co_return true;
}

net::Task<bool> Connection::receive(net::Buffer& buffer, std::size_t room) {
  for (;;) {
    if (!stream_.has_buffered()) {
      await_input();
      co_await input_.wait();
      if (!stream_.is_open()) co_return false;
    }
    if (buffer.free_size() == 0) buffer.reserve(std::max(buffer.size() + room, 2 * buffer.size()));
    net::error_code error;
    const auto bytes = stream_.read_some({buffer.free_begin(), buffer.free_size()}, error);
    if (error == net::asio::error::would_block) continue;
    if (error || bytes == 0) {
      left_ = true;
      co_return false;
    }
    buffer.commit(bytes);
    co_return true;
  }
}

void Connection::await_input() {
  if (awaiting_input_) return;
  awaiting_input_ = true;
  stream_.on_readable([self = shared_from_this()](net::error_code error) {
    self->awaiting_input_ = false;
    self->input_came(static_cast<bool>(error));
  });
}

void Connection::input_came(bool failed) {
  if (phase_ == Phase::reading) {
    input_.notify();
  } else if (failed) {
    leave();
  } else {
    look_ahead();
  }
}

void Connection::begin_watching() {
  phase_ = Phase::watching;
  watch();
}

// Over the bound nothing more is read, so the client's leaving goes unseen: the price of pipelining that much.
void Connection::watch() {
  const std::size_t read_ahead = in_.size() - request_size_ + ahead_.size();
  if (read_ahead < limits_.pipelined) await_input();
}

void Connection::look_ahead() {
  net::error_code error;
  const auto bytes = stream_.read_some(worker_.scratch(), error);
  if (error && error != net::asio::error::would_block) {
    leave();
    return;
  }
  ahead_.append({worker_.scratch().data(), bytes});
  watch();
}

void Connection::leave() {
  left_ = true;
  if (auto* listener = std::exchange(listener_, nullptr)) {
    listener->client_left();
    // What is being written to it will not be read: whoever writes must not wait for that.
    stream_.close();
  }
}

void Connection::notify_leave(LeaveListener* listener) {
  listener_ = listener;
  if (left_ && listener != nullptr) leave();
}

net::Task<Result<std::string_view>> Connection::read_body() {
  if (body_read_) co_return std::string_view();
  auto result = framing_.kind == BodyKind::chunked ? co_await read_chunked_body() : co_await read_sized_body();
  stream_.never_expire();
  if (result) {
    body_read_ = true;
    begin_watching();
  }
  co_return result;
}

net::Task<> Connection::invite_body() {
  if (head_.minor_version == 0 || !head_.fields.has_token("expect", "100-continue")) co_return;
  const std::array line{net::asio::const_buffer(continue_line.data(), continue_line.size())};
  co_await stream_.write(line);
}

net::Task<Result<std::string_view>> Connection::read_sized_body() {
  if (framing_.length > limits_.body) co_return body_too_large(limits_.body);
  const auto length = static_cast<std::size_t>(framing_.length);
  const auto begin = scan_.size();
  const auto here = in_.size() - begin;
  if (here >= length) {
    request_size_ = begin + length;
    co_return in_.view().substr(begin, length);
  }
  if (here == 0) co_await invite_body();
  body_.reserve(std::min<std::size_t>(length, 1 << 20));
  body_.append(in_.view().substr(begin));
  request_size_ = in_.size();
  while (body_.size() < length) {
    if (body_.free_size() == 0) body_.reserve(std::min(length, 2 * body_.size()));
    stream_.expire_at(worker_.now() + limits_.body_pause);
    if (!co_await receive(body_, 0)) co_return client_gone();
  }
  if (body_.size() > length) {  // the next request came with it
    ahead_.append(body_.view().substr(length));
    body_.truncate(length);
  }
  co_return body_.view();
}

net::Task<Result<std::string_view>> Connection::read_chunked_body() {
  ChunkDecoder decoder(limits_);
  const auto begin = scan_.size();
  body_.append(in_.view().substr(begin));
  request_size_ = in_.size();
  if (body_.empty()) co_await invite_body();
  for (std::size_t decoded = 0;;) {
    const auto came = body_.size() - decoded;
    const auto step = decoder.decode_in_place({body_.data() + decoded, came});
    if (decoder.malformed()) {
      co_return Error{ErrorCode::invalid_input, Origin::client, false, "the chunked framing of the body is malformed"};
    }
    decoded += step.payload;
    if (decoder.done()) {
      const auto behind = came - step.consumed;
      ahead_.append(body_.view().substr(body_.size() - behind));
      body_.truncate(decoded);
      co_return body_.view();
    }
    body_.truncate(decoded);
    if (decoded > limits_.body) co_return body_too_large(limits_.body);
    stream_.expire_at(worker_.now() + limits_.body_pause);
    if (!co_await receive(body_, 16 * 1024)) co_return client_gone();
  }
}

void Connection::release_request() {
  // What came behind the request is the next one.
  if (request_size_ < in_.size()) {
    net::Buffer rest;
    rest.append(in_.view().substr(request_size_));
    rest.append(ahead_.view());
    ahead_ = std::move(rest);
  }
  in_.release();
  body_.release();
  head_.fields.clear();
  head_.method = head_.target = head_.path = head_.query = {};
  request_size_ = 0;
}

void Connection::finish_request() {
  phase_ = Phase::reading;
  listener_ = nullptr;
  input_.reset();
  in_.consume(request_size_);
  request_size_ = 0;
  in_.append(ahead_.view());
  clear(ahead_);
  clear(body_);
  if (in_.empty()) clear(in_);
}

net::Task<bool> Connection::write(net::ConstBuffers buffers) {
  answer_begun_ = true;
  stream_.expire_at(worker_.now() + limits_.write_pause);
  const auto error = co_await stream_.write(buffers);
  stream_.never_expire();
  if (error) left_ = true;
  co_return !error;
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
  co_return co_await write(buffers);
}

net::Task<> Connection::refuse(const Rejection& rejection) {
  head_ = RequestHead();
  framing_ = Framing{BodyKind::none, 0, false};
  body_read_ = false;
  ErrorAnswer error;
  error.status = rejection.status;
  error.type = "invalid_request_error";
  error.message = rejection.reason;
  const std::string text = body(error, Dialect::openai);
  const std::string fields = "x-request-id: " + std::string(RequestIds().next().text()) + "\r\n";
  Answer refusal;
  refusal.status = rejection.status;
  refusal.body = text;
  refusal.fields = fields;
  co_await answer(refusal);
}

// A connection that is closed while bytes of the client are unread is reset, and the reset may overtake our answer
// (RFC 9112 §9.6): so we end our side, and read for a while.
net::Task<> Connection::linger() {
  stream_.finish();
  stream_.expire_at(worker_.now() + limits_.linger_time);
  net::Buffer unread;
  for (std::size_t drained = 0; drained < limits_.drained;) {
    unread.clear();
    if (!co_await receive(unread, read_size)) break;
    drained += unread.size();
  }
}

}  // namespace pointsman::http
