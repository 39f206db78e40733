#include "pointsman/http/client_input.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

namespace pointsman::http {

net::Task<bool> ClientInput::receive(net::Buffer& buffer, std::size_t room) {
  for (;;) {
    if (!stream_.has_buffered()) {
      await();
      co_await event_.wait();
      if (!stream_.is_open() || stream_.timed_out()) co_return false;
    }
    const auto came = read(buffer, room);
    if (came != Read::nothing) co_return came == Read::bytes;
  }
}

bool ClientInput::receive_now(net::Buffer& buffer, std::size_t room) {
  return stream_.is_open() && read(buffer, room) == Read::bytes;
}

ClientInput::Read ClientInput::read(net::Buffer& buffer, std::size_t room) {
  if (buffer.free_size() == 0) buffer.reserve(std::max(buffer.size() + room, 2 * buffer.size()));
  net::error_code error;
  const auto bytes = stream_.read_some({buffer.free_begin(), buffer.free_size()}, error);
  if (error == net::asio::error::would_block) return Read::nothing;
  if (error || bytes == 0) {
    left_ = true;
    return Read::end;
  }
  buffer.commit(bytes);
  return Read::bytes;
}

void ClientInput::await() {
  if (awaiting_) return;
  awaiting_ = true;
  const bool may_miss_the_end = stream_.on_news([this, owner = owner_.lock()](net::error_code error) {
    awaiting_ = false;
    unsure_ = false;
    came(static_cast<bool>(error));
  });
  if (!may_miss_the_end) return;
  unsure_ = true;
  look_at_next_tick();
}

void ClientInput::look_at_next_tick() {
  if (!is_linked()) stream_.worker().deadlines().add(*this);
  expire_at(MonotonicTime::min());
}

void ClientInput::came(bool failed) {
  if (!watching_) {
    event_.notify();
  } else if (failed) {
    leave();
  } else {
    look_ahead();
  }
}

void ClientInput::watch(std::size_t held) {
  watching_ = true;
  held_ = held;
  stream_.has_buffered() ? look_ahead() : await();
}

void ClientInput::keep(std::string_view held) {
  held_ = 0;
  if (held.empty()) return;
  net::Buffer all;
  all.append(held);
  all.append(ahead_.view());
  ahead_ = std::move(all);
}

void ClientInput::stop_watching() {
  watching_ = false;
  listener_ = nullptr;
  event_.reset();
  half_closed_ = false;
}

net::Task<> ClientInput::let_go() {
  stop_watching();
  while (awaiting_) {
    stream_.interrupt();
    co_await event_.wait();
  }
  stop_watching();
}

void ClientInput::look_ahead() {
  do {
    net::error_code error;
    const auto bytes = stream_.read_some(stream_.worker().scratch(), error);
    if (error == net::asio::error::eof && limits_.half_close) {
      half_closed_ = true;
      return look_at_next_tick();
    }
    if (error && error != net::asio::error::would_block) return leave();
    if (held_ + ahead_.size() + bytes > limits_.pipelined) overflowed_ = true;
    // What is over the bound is thrown away, but it has to be read: the end stands behind it.
    if (!overflowed_) ahead_.append({stream_.worker().scratch().data(), bytes});
  } while (stream_.has_buffered());
  await();
}

void ClientInput::expired() {
  if (std::exchange(unsure_, false)) {
    if (!stream_.is_quiet()) came(false);
  } else if (half_closed_) {
    // Once its end was read, nothing more can be: whether it still takes the answer only the socket's state tells.
    stream_.is_broken() ? leave() : look_at_next_tick();
  }
}

void ClientInput::leave() {
  // What a listener does may end the connection.
  const auto owner = owner_.lock();
  left_ = true;
  if (auto* listener = std::exchange(listener_, nullptr)) {
    listener->client_left();
    // What is being written to it will not be read: whoever writes must not wait for that.
    stream_.close();
  }
}

void ClientInput::notify_leave(LeaveListener* listener) {
  listener_ = listener;
  if (left_ && listener != nullptr) leave();
}

}  // namespace pointsman::http
