#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <optional>

#include "pointsman/net/task.hpp"

namespace pointsman::net {

// One coroutine waits, and a callback on the same worker wakes it. A notification that comes while nobody waits is kept
// for the next wait. Allocates nothing of its own.
class Event {
 public:
  Task<> wait() {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        [this](auto&& handler) {
          handler_.emplace(std::forward<decltype(handler)>(handler));
          if (pending_) notify();
        },
        use_task);
  }

  // Resumes the waiting coroutine before it returns: call it last.
  void notify() {
    if (!handler_) {
      pending_ = true;
      return;
    }
    pending_ = false;
    auto handler = std::move(*handler_);
    handler_.reset();
    asio::dispatch(std::move(handler));
  }

  // Forgets a notification that nobody waited for.
  void reset() { pending_ = false; }

 private:
  using Handler = asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;
  std::optional<Handler> handler_;
  bool pending_ = false;
};

}  // namespace pointsman::net
