#include "pointsman/demo/gate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace pointsman::demo {

// Whoever waits does so on a timer that never expires and is cancelled, on its own thread, by the opening.
struct Gate::State {
  std::mutex mutex;
  bool open = false;
  std::vector<std::weak_ptr<asio::steady_timer>> waiting;
};

Gate::Gate() : state_(std::make_shared<State>()) {}

void Gate::open() {
  std::vector<std::weak_ptr<asio::steady_timer>> waiting;
  {
    const std::lock_guard lock(state_->mutex);
    state_->open = true;
    waiting.swap(state_->waiting);
  }
  for (const auto& one : waiting) {
    if (const auto timer = one.lock()) asio::post(timer->get_executor(), [timer] { timer->cancel(); });
  }
}

asio::awaitable<void> Gate::passed() const {
  const auto state = state_;
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  {
    const std::lock_guard lock(state->mutex);
    if (state->open) co_return;
    state->waiting.push_back(timer);
  }
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace pointsman::demo
