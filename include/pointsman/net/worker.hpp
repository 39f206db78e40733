#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/net/deadline.hpp"
#include "pointsman/net/lag.hpp"
#include "pointsman/net/task.hpp"

namespace pointsman::net {

// One thread with an io_context of its own, and what its connections share: their deadlines and a scratch buffer.
// Everything that lives on a worker is touched by its thread only; others post(). Made and stopped by the gateway.
class Worker {
 public:
  static constexpr Milliseconds tick{50};

  Worker(std::size_t number, const Clock& clock);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Before start(): something to do each tick on this worker, and once more when it stops.
  void every_tick(std::function<void()> action) { every_tick_.push_back(std::move(action)); }

  void start();
  // From any thread: expires every deadline, so that all connections end, and then joins the thread. Whoever listens on
  // this worker closes the acceptors first.
  void stop();

  std::size_t number() const { return number_; }
  // On this worker: every deadline has expired, or will.
  bool is_stopping() const { return stopping_; }
  const Clock& clock() const { return clock_; }
  MonotonicTime now() const { return clock_.monotonic(); }
  Executor executor() { return context_.get_executor(); }
  asio::io_context& context() { return context_; }
  Deadlines& deadlines() { return deadlines_; }

  // Bytes just read, until the next suspension: the one buffer that all connections of the worker read into. What must
  // outlive a co_await is copied out.
  std::span<char> scratch() { return scratch_; }

  // How many client connections live here; the acceptor reads it to find the least loaded worker.
  std::atomic<std::uint32_t>& connections() { return connections_; }

  // How late it is with what is ready; from any thread.
  const Lag& lag() const { return lag_; }

  // Completes when everything that is ready now has been dealt with. Without waiting for anything else.
  auto end_of_turn() { return asio::post(context_.get_executor(), use_task); }

  template <class Function>
  void post(Function&& function) {
    asio::post(context_, std::forward<Function>(function));
  }

 private:
  Task<> keep_ticking();

  const std::size_t number_;
  const Clock& clock_;
  Deadlines deadlines_;
  std::array<char, 64 * 1024> scratch_;
  std::atomic<std::uint32_t> connections_{0};
  Lag lag_;
  asio::io_context context_{1};
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> ticker_;
  std::vector<std::function<void()>> every_tick_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace pointsman::net
