#include "pointsman/net/worker.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace pointsman::net {

Worker::Worker(std::size_t number, const Clock& clock)
    : number_(number), clock_(clock), ticker_(context_.get_executor()) {}

Worker::~Worker() { stop(); }

void Worker::start() {
  asio::co_spawn(context_, keep_ticking(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  post([this] {
    stopping_ = true;
    ticker_.cancel();
    deadlines_.expire_all();
  });
  thread_.join();
}

Task<> Worker::keep_ticking() {
  while (!stopping_) {
    ticker_.expires_after(tick);
    co_await ticker_.async_wait(use_task_tuple);
    const auto late = std::chrono::steady_clock::now() - ticker_.expiry();
    lag_.tick_came(std::max(std::chrono::duration_cast<std::chrono::microseconds>(late), {}));
    deadlines_.sweep(now());
    for (const auto& action : every_tick_) action();
  }
  // Connections end in their own time once they have been told to; one that arrived meanwhile is told as well.
  for (int round = 0; round < 1000 && connections_ > 0; ++round) {
    deadlines_.expire_all();
    ticker_.expires_after(Milliseconds(1));
    co_await ticker_.async_wait(use_task_tuple);
  }
  for (const auto& action : every_tick_) action();
  context_.stop();
}

}  // namespace pointsman::net
