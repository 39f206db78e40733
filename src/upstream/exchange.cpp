#include "pointsman/upstream/exchange.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <optional>
#include <utility>

namespace pointsman::upstream {
namespace {

constexpr std::size_t read_size = 4096;

// Ends a dialler's attempt when patience is over.
class DiallingPatience final : private net::Deadline {
 public:
  DiallingPatience(net::Worker& worker, net::Dialer& dialer, Patience& patience, Milliseconds lasts)
      : worker_(worker), dialer_(dialer), patience_(patience) {
    worker_.deadlines().add(*this);
    expire_at(worker_.now() + lasts);
  }

  bool was_over() const { return was_over_; }

 private:
  void expired() override {
    was_over_ = patience_.is_over(false);
    was_over_ ? dialer_.cancel() : expire_at(worker_.now() + Exchange::asking_interval);
  }

  net::Worker& worker_;
  net::Dialer& dialer_;
  Patience& patience_;
  bool was_over_ = false;
};

}  // namespace

Exchange::Exchange(net::Worker& worker, Pool& pool, const http::Limits& limits,
                   const registry::SnapshotEndpoint& endpoint)
    : worker_(worker), pool_(pool), limits_(limits), endpoint_(endpoint), dialer_(worker) {}

net::Task<Result<http::ResponseHead*>> Exchange::send(net::ConstBuffers request, bool is_head_request) {
  for (bool fresh = false;; fresh = true) {
    connection_ = fresh ? nullptr : pool_.take(endpoint_.place);
    if (!connection_) {
      if (const auto connected = co_await connect(); !connected) co_return connected.error();
    }
    if (cancelled_) co_return Error{ErrorCode::cancelled, Origin::client, false, "the client left"};
    const auto transferred = co_await transfer(request, is_head_request);
    if (transferred) co_return &head_;
    const bool stale =
        connection_->reused && connection_->in.empty() && transferred.error().code == ErrorCode::connection_lost;
    connection_->stream->close();
    if (!stale || fresh) co_return transferred.error();
  }
}

net::Task<Result<void>> Exchange::connect() {
  if (endpoint_.url.scheme == "https" && !endpoint_.tls) {
    co_return Error{ErrorCode::internal, Origin::ourselves, false, "endpoint " + endpoint_.name + " has no TLS"};
  }
  const auto* tls = endpoint_.tls ? &*endpoint_.tls : nullptr;
  std::optional<DiallingPatience> patience;
  if (patience_ != nullptr) patience.emplace(worker_, dialer_, *patience_, patience_lasts_);
  const auto began = worker_.now();
  auto dialled = co_await dialer_.dial({endpoint_.addresses, tls, endpoint_.timeouts.connect});
  if (patience && patience->was_over() && !cancelled_) {
    co_return Error{ErrorCode::timeout, Origin::upstream, true,
                    "endpoint " + endpoint_.name + " cannot be reached: no connection within " +
                        std::to_string((worker_.now() - began).count()) + " ms"};
  }
  if (!dialled) {
    Error error = dialled.error();
    error.message = "endpoint " + endpoint_.name + " cannot be reached: " + error.message;
    co_return error;
  }
  connection_ = std::make_unique<Connection>(std::move(*dialled));
  connection_->count = ConnectionCount(endpoint_.load);
  co_return Result<void>();
}

net::Task<Result<void>> Exchange::transfer(net::ConstBuffers request, bool is_head_request) {
  auto& stream = *connection_->stream;
  const auto now = sent_at_ = worker_.now();
  const auto limit = endpoint_.timeouts.first_byte;
  if (patience_lasts_ >= limit) patience_ = nullptr;
  patience_ == nullptr ? stream.expire_at(now + limit) : stream.interrupt_at(now + patience_lasts_);
  // Requests that came together leave together: sending in one go costs the kernel less than turn by turn.
  co_await worker_.end_of_turn();
  // An endpoint may answer before it has read all, and then close: what it said counts, so a failed write is not the
  // end yet, and a slow one does not keep us from listening.
  stream.begin_write(request);
  auto result = co_await read_head(is_head_request);
  stream.never_expire();
  if (cancelled_) co_return Error{ErrorCode::cancelled, Origin::client, false, "the client left"};
  if (!result && stream.timed_out()) co_return silent(stream.is_open() ? worker_.now() - sent_at_ : limit);
  if (!result && stream.write_error()) {
    co_return lost("took only a part of the request: " + stream.write_error().message());
  }
  co_return result;
}

net::Task<Result<void>> Exchange::read_head(bool is_head_request) {
  auto& [stream, in, reused, idle_since, count] = *connection_;
  scan_.reset();
  announcements_ = 0;
  for (;;) {
    if (!stream->is_open()) co_return lost("closed");
    if (!stream->has_buffered()) {
      const auto [error] = stream->is_writing() ? co_await stream->listen_while_writing()
                           : in.empty()         ? co_await stream->news()
                                                : co_await stream->readable();
      const bool was_interrupted = stream->timed_out() && stream->is_open();
      if (error && (!was_interrupted || patience_->is_over(true))) co_return lost(error.message());
      if (was_interrupted) ask_again();
      if (error) continue;
    }
    came_at_ = std::chrono::steady_clock::now();
    if (in.free_size() < read_size / 4) in.reserve(in.size() + read_size);
    net::error_code error;
    const auto bytes = stream->read_some({in.free_begin(), in.free_size()}, error);
    if (error == net::asio::error::would_block) continue;
    if (error || bytes == 0) {
      const bool has_reason = error && error != net::asio::error::eof;
      co_return lost("closed the connection before it answered" + (has_reason ? " (" + error.message() + ")" : ""));
    }
    in.commit(bytes);
    const auto taken = take_head(is_head_request);
    if (!taken) co_return taken.error();
    if (*taken) co_return Result<void>();
  }
}

// True: the final head is there; false: more has to come.
Result<bool> Exchange::take_head(bool is_head_request) {
  auto& in = connection_->in;
  for (;;) {
    switch (scan_.step(in.view(), limits_)) {
      case http::HeadScan::State::need_more: return false;
      case http::HeadScan::State::malformed: return broken("an answer that is not HTTP/1.1");
      case http::HeadScan::State::too_large: return broken("a head larger than the bound");
      case http::HeadScan::State::complete: break;
    }
    const auto wrong = http::parse(in.view().substr(0, scan_.size()), limits_, head_);
    if (wrong) return broken("an answer that is refused: " + wrong->reason);
    const auto rejection = http::judge(head_, is_head_request, framing_);
    if (rejection) return broken("an answer that is refused: " + rejection->reason);
    const bool switches = head_.status == 101;
    if (switches && !expects_upgrade_) return broken("101 Switching Protocols, which nobody asked for");
    if (switches || head_.status >= 200) return true;
    if (++announcements_ > limits_.announcements) return broken("one announcement (1xx) after the other");
    in.consume(scan_.size());
    scan_.reset();
  }
}

net::Task<Result<void>> Exchange::wait_for_body() {
  const bool has_come = framing_.kind == http::BodyKind::none || connection_->in.size() > head_size();
  if (has_come || patience_ == nullptr) co_return Result<void>();
  const auto limit = worker_.now() + endpoint_.timeouts.idle;
  for (auto until = sent_at_ + patience_lasts_;; until = worker_.now() + asking_interval) {
    if (co_await read_more(std::min(until, limit)) != More::nothing) co_return Result<void>();
    if (patience_->is_over(true) || worker_.now() >= limit) co_return silent(worker_.now() - sent_at_);
  }
}

void Exchange::ask_again() {
  const auto next = worker_.now() + asking_interval;
  const auto limit = sent_at_ + endpoint_.timeouts.first_byte;
  next < limit ? connection_->stream->interrupt_at(next) : connection_->stream->expire_at(limit);
}

net::Task<Exchange::More> Exchange::read_more(MonotonicTime until) {
  auto& [stream, in, reused, idle_since, count] = *connection_;
  for (;;) {
    if (!stream->is_open()) co_return More::broken;
    if (!stream->has_buffered()) {
      stream->interrupt_at(until);
      const auto [error] = stream->is_writing() ? co_await stream->listen_while_writing() : co_await stream->readable();
      const bool was_interrupted = stream->timed_out() && stream->is_open();
      stream->never_expire();
      if (error == net::asio::error::eof) co_return More::end;
      if (error) co_return was_interrupted ? More::nothing : More::broken;
    }
    if (in.free_size() < read_size / 4) {
      in.reserve(in.size() + read_size);
      // It has moved, and what points into it was right before.
      static_cast<void>(http::parse(in.view().substr(0, scan_.size()), limits_, head_));
    }
    net::error_code error;
    const auto bytes = stream->read_some({in.free_begin(), in.free_size()}, error);
    if (error == net::asio::error::would_block) continue;
    if (error && error != net::asio::error::eof) co_return More::broken;
    if (error || bytes == 0) co_return More::end;
    in.commit(bytes);
    co_return More::bytes;
  }
}

void Exchange::finish() {
  const auto& stream = *connection_->stream;
  if (stream.is_writing() || stream.write_error()) return;
  if (framing_.keep_alive && !cancelled_ && head_.status != 101)
    pool_.give_back(endpoint_.place, std::move(connection_));
}

void Exchange::client_left() {
  cancelled_ = true;
  dialer_.cancel();
  if (connection_) connection_->stream->close();
}

Error Exchange::silent(Milliseconds lasts) const {
  return {ErrorCode::timeout, Origin::upstream, false,
          "endpoint " + endpoint_.name + " sent no answer within " + std::to_string(lasts.count()) + " ms"};
}

Error Exchange::lost(std::string what) const {
  return {ErrorCode::connection_lost, Origin::upstream, false, "endpoint " + endpoint_.name + ": " + std::move(what)};
}

Error Exchange::broken(std::string what) const {
  return {ErrorCode::protocol, Origin::upstream, false, "endpoint " + endpoint_.name + " sent " + std::move(what)};
}

}  // namespace pointsman::upstream
