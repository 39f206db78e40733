#include "pointsman/proxy/waiting_room.hpp"

#include "pointsman/net/worker.hpp"

namespace pointsman::proxy {

bool WaitingRoom::has(std::string_view model, std::string_view line) {
  const std::lock_guard lock(mutex_);
  const auto queue = queues_.find(model);
  return queue != queues_.end() && queue->second.has(line);
}

void WaitingRoom::freed(const registry::EndpointLoad& endpoint) {
  const std::lock_guard lock(mutex_);
  for (auto& [model, queue] : queues_) {
    for (auto* waiter : queue.freed(endpoint)) ring(waiter);
  }
}

void WaitingRoom::look_again() {
  const std::lock_guard lock(mutex_);
  for (auto& [model, queue] : queues_) {
    for (auto* waiter : queue.look_again()) ring(waiter);
  }
}

std::vector<QueueLength> WaitingRoom::lengths() {
  const std::lock_guard lock(mutex_);
  std::vector<QueueLength> result;
  for (const auto& [model, queue] : queues_) result.push_back({model, queue.size()});
  return result;
}

std::chrono::seconds WaitingRoom::patience_needed(std::string_view model, MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  const auto queue = queues_.find(model);
  return queue == queues_.end() ? routing::Queue().patience_needed(now) : queue->second.patience_needed(now);
}

// With the mutex held, so that the one who is called does not leave meanwhile.
void WaitingRoom::ring(routing::Queue::Waiter* called) {
  if (called == nullptr) return;
  auto& waiting = static_cast<Waiting&>(*called);
  // Nobody else may keep the bell for longer than the waiting one's worker lives.
  waiting.worker_.post([bell = std::weak_ptr(waiting.bell_)] {
    const auto rung = bell.lock();
    if (!rung) return;
    rung->called = true;
    rung->event.notify();
  });
}

Waiting::Waiting(WaitingRoom& room, http::Connection& client, QueueCounts& counts)
    : room_(room), client_(client), worker_(client.worker()), counts_(counts), began_(worker_.now()) {
  worker_.deadlines().add(*this);
  client_.notify_leave(this);
}

Waiting::~Waiting() {
  client_.notify_leave(nullptr);
  take_leave(false);
}

bool Waiting::enter(std::string_view model, const routing::Queue::Entry& entry, std::size_t most, MonotonicTime until) {
  {
    const std::lock_guard lock(room_.mutex_);
    queue_ = room_.queues_.find(model);
    const bool is_first = queue_ == room_.queues_.end();
    if ((is_first ? 0 : queue_->second.size()) >= most) return false;
    if (is_first) queue_ = room_.queues_.emplace(model, routing::Queue()).first;
    ++room_.waiting_;
    is_inside_ = true;
    WaitingRoom::ring(queue_->second.enter(*this, entry, began_));
  }
  counts_.entered.add();
  expire_at(until);
  return true;
}

net::Task<Waiting::News> Waiting::news() {
  while (!has_left_ && !is_too_long_ && !bell_->called) co_await bell_->event.wait();
  if (has_left_) co_return News::client_left;
  if (is_too_long_) co_return News::too_long;
  bell_->called = false;
  co_return News::called;
}

void Waiting::looks_at(routing::Queue::Endpoints endpoints) {
  const std::lock_guard lock(room_.mutex_);
  queue_->second.looks_at(*this, std::move(endpoints));
}

void Waiting::found_none() {
  const std::lock_guard lock(room_.mutex_);
  WaitingRoom::ring(queue_->second.found_none(*this));
}

void Waiting::take_leave(bool with_place) {
  if (!std::exchange(is_inside_, false)) return;
  {
    const std::lock_guard lock(room_.mutex_);
    WaitingRoom::ring(queue_->second.leave(*this, with_place, worker_.now()));
    if (queue_->second.size() == 0) room_.queues_.erase(queue_);
    --room_.waiting_;
  }
  counts_.left.add();
  counts_.waited.observe(so_far());
}

Milliseconds Waiting::so_far() const { return worker_.now() - began_; }

void Waiting::expired() {
  is_too_long_ = true;
  bell_->event.notify();
}

// Not at once: the connection that tells of it is not to be destroyed by what follows.
void Waiting::client_left() {
  has_left_ = true;
  worker_.post([waiting = std::weak_ptr(bell_)] {
    if (const auto bell = waiting.lock()) bell->event.notify();
  });
}

}  // namespace pointsman::proxy
