#include "pointsman/proxy/websocket_relay.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <tuple>

namespace pointsman::proxy {

using http::FrameReader;

namespace {

// What waits for the client while a message of its endpoint is half there.
constexpr std::size_t most_words = 64 * 1024;

}  // namespace

WebSocketRelay::WebSocketRelay(Between sides, const http::Limits& limits, net::BudgetShare& share,
                               WebSocketCounts& counts)
    : WebSocketSession(counts),
      worker_(sides.client.worker()),
      idle_timeout_(sides.idle_timeout),
      up_{sides.client, sides.upstream, FrameReader(FrameReader::Sender::client), sides.idle_timeout,
          counts.messages_in},
      down_{sides.upstream, sides.client, FrameReader(FrameReader::Sender::server), limits.write_pause,
            counts.messages_out},
      judge_(sides.judge),
      hears_(sides.hears),
      must_hear_(sides.must_hear),
      message_(limits.body, ClientMessage::Controls::passed),
      share_(share) {
  if (!sides.has_extension) return;
  up_.frames.allow_reserved_bits();
  down_.frames.allow_reserved_bits();
}

net::Task<> WebSocketRelay::run(Came came) {
  worker_.deadlines().add(*this);
  note_life();
  auto downwards = go(down_, net::Buffer(), std::move(came.from_upstream));
  net::asio::co_spawn(worker_.executor(), std::move(downwards), [this](std::exception_ptr thrown) {
    if (thrown) stop("internal", failure, "");
    down_ended_.notify();
  });
  std::exception_ptr thrown;
  try {
    co_await go(up_, std::move(came.judged), std::move(came.from_client));
  } catch (...) {
    thrown = std::current_exception();
    stop("internal", failure, "");
  }
  // It uses this object: it must have ended first.
  co_await down_ended_.wait();
  if (thrown) std::rethrow_exception(thrown);
}

net::Task<> WebSocketRelay::go(Way& way, net::Buffer judged, net::Buffer came) {
  bool goes_on = judged.empty() || co_await pass(way, judged.view());
  judged.release();
  if (&way == &up_) share_.release();
  goes_on = goes_on && (came.empty() || co_await take(way, came.view()));
  came.release();
  while (goes_on && !stopped_) {
    net::error_code error;
    std::size_t bytes = 0;
    do {
      if (!way.from.has_buffered()) std::tie(error) = co_await way.from.readable();
      if (!error) bytes = way.from.read_some(worker_.scratch(), error);
    } while (error == net::asio::error::would_block);
    if (stopped_) break;
    if (error || bytes == 0) {
      stop_reading(way);
      break;
    }
    goes_on = co_await take(way, {worker_.scratch().data(), bytes});
  }
}

net::Task<bool> WebSocketRelay::take(Way& way, std::string_view bytes) {
  return &way == &up_ && judge_ != nullptr ? judge(bytes) : pass(way, bytes);
}

net::Task<bool> WebSocketRelay::judge(std::string_view bytes) {
  note_life();
  // It has to outlive what is waited for.
  net::Buffer unread;
  unread.append(bytes);
  for (std::size_t taken = 0;;) {
    taken += message_.feed(unread.view().substr(taken));
    const std::string controls = message_.take_answers();
    if (!controls.empty() && !co_await pass(up_, controls)) co_return false;
    if (message_.state() == ClientMessage::State::refused) {
      stop("client_protocol", message_.code(), message_.why());
      co_return false;
    }
    if (!share_.grow_to(message_.held())) {
      stop(name(ErrorCode::overloaded), try_again, "the gateway holds as many bytes as it may");
      co_return false;
    }
    if (message_.state() == ClientMessage::State::need_more) co_return !stopped_;
    const auto verdict = co_await judge_->judge(message_.text());
    if (stopped_ || !co_await pass_message(verdict)) co_return false;
    message_.next();
    share_.release();
  }
}

net::Task<bool> WebSocketRelay::pass_message(const MessageJudge::Verdict& verdict) {
  if (verdict.refusal.empty()) {
    const std::string frame =
        verdict.instead.empty() ? "" : http::frame(http::Opcode::text, verdict.instead, http::random_mask());
    co_return co_await pass(up_, frame.empty() ? message_.frames() : std::string_view(frame));
  }
  words_ += http::frame(http::Opcode::text, verdict.refusal);
  if (words_.size() > most_words) {
    stop("client_protocol", policy, "one refused message after the other");
  } else {
    say_words();
  }
  co_return !stopped_;
}

// False: it is over.
net::Task<bool> WebSocketRelay::pass(Way& way, std::string_view bytes) {
  note_life();
  const std::size_t sound = follow(way, bytes);
  way.bytes += sound;
  const std::array whole{net::asio::const_buffer(bytes.data(), sound)};
  auto error = sound > 0 ? way.to.put(whole) : net::error_code();
  if (!error && way.to.has_unsent()) {
    way.writing = true;
    way.to.expire_at(worker_.now() + way.write_pause);
    error = co_await way.to.flush();
    way.to.never_expire();
    way.writing = false;
  }
  if (stopped_) co_return false;
  if (error) {
    // An endpoint that takes nothing any more may have said why: the other way hears that, and then the end.
    if (&way == &down_) stop("client_left", going_away, "");
    co_return false;
  }
  note_life();
  if (!way.frames.fault().empty()) {
    stop(&way == &up_ ? "client_protocol" : "upstream_protocol", &way == &up_ ? protocol_error : failure,
         way.frames.fault());
    co_return false;
  }
  if (up_.frames.closed() && down_.frames.closed()) {
    stop("", 0, "");
    co_return false;
  }
  if (must_hear_ && hears_->has_missed() && down_.frames.at_boundary() && !down_.writing) {
    stop("uncountable", too_big, "what it says cannot be counted for the limits of the key");
    co_return false;
  }
  if (draining_) drain();
  say_words();
  co_return !stopped_;
}

// Follows the frames; returns how many bytes of them may pass: what is malformed may not, and nothing behind the frame
// at whose end the client has to be told to connect again.
std::size_t WebSocketRelay::follow(Way& way, std::string_view bytes) {
  std::size_t sound = 0;
  for (;;) {
    if (draining_ && &way == &down_ && way.frames.at_boundary()) return sound;
    std::size_t taken = 0;
    const auto step = way.frames.step(bytes.substr(sound), taken);
    if (step == FrameReader::Step::malformed) return sound;
    const bool is_heard = hears_ != nullptr && &way == &down_ && !way.frames.head().is_control();
    if (is_heard && step == FrameReader::Step::payload) hears_->data(bytes.substr(sound, taken));
    const bool begins = step == FrameReader::Step::head && way.frames.head().opcode != http::Opcode::continuation;
    if (is_heard && begins) hears_->begin(way.frames.head());
    sound += taken;
    if (step == FrameReader::Step::need_more) return sound;
    if (!way.frames.ended_message()) continue;
    way.messages.add();
    if (is_heard) hears_->ended();
  }
}

// Its sender has ended, or its connection has.
void WebSocketRelay::stop_reading(const Way& way) {
  const bool had_closed = up_.frames.closed() || down_.frames.closed();
  if (&way == &up_) {
    stop(had_closed ? "" : "client_left", going_away, "the client left");
  } else {
    stop(had_closed ? "" : "upstream_died", failure, "the endpoint ended the connection");
  }
}

void WebSocketRelay::stop(std::string_view cause, std::uint16_t code, std::string_view reason) {
  if (std::exchange(stopped_, true)) return;
  cause_ = cause;
  never_expire();
  say_close(down_, http::close_frame(code, reason));
  say_close(up_, http::close_frame(going_away, "", http::random_mask()));
  up_.to.finish();
  up_.to.close();
  // Who has left reads nothing any more, and of a frame that is half written nothing can be told.
  const bool can_be_told = cause != "client_left" && down_.frames.at_boundary() && !down_.writing;
  can_be_told ? down_.to.interrupt() : down_.to.close();
}

// Only where no frame is half written, and where none has closed.
void WebSocketRelay::say_close(const Way& way, const std::string& frame) {
  if (way.writing || !way.frames.at_boundary() || way.frames.closed() || !way.to.is_open()) return;
  const std::array whole{net::asio::const_buffer(frame.data(), frame.size())};
  way.to.put(whole);
}

// Who takes nothing at all any more takes no words either.
void WebSocketRelay::say_words() {
  if (words_.empty() || stopped_ || down_.writing || !down_.frames.between_messages()) return;
  const std::array whole{net::asio::const_buffer(words_.data(), words_.size())};
  const auto error = down_.to.put(whole);
  if (error || down_.to.has_unsent()) return stop("client_left", going_away, "");
  down_.bytes += words_.size();
  std::string().swap(words_);
}

void WebSocketRelay::drain() {
  draining_ = true;
  if (!down_.writing && down_.frames.at_boundary()) stop("gateway_stops", restart, restart_reason);
}

void WebSocketRelay::expired() { stop("idle", going_away, "nothing was said for too long"); }

void WebSocketRelay::note_life() {
  if (!stopped_) expire_at(worker_.now() + idle_timeout_);
}

}  // namespace pointsman::proxy
