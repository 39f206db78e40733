#include "pointsman/store/writer.hpp"

#include <SQLiteCpp/Transaction.h>

#include <chrono>
#include <iterator>
#include <utility>

#include "pointsman/store/database.hpp"

namespace pointsman::store {
namespace {

// For a lock that another process holds; what cannot be written now is tried again, and look-ups do not wait long.
constexpr Milliseconds patience{500};

}  // namespace

Writer::Writer(SQLite::Database database, std::size_t capacity, Milliseconds retry_pause, Holds holds)
    : capacity_(capacity), retry_pause_(retry_pause), holds_(holds), database_(std::move(database)) {
  database_.setBusyTimeout(static_cast<int>(patience.count()));
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Writer::~Writer() = default;

void Writer::post(Change change, std::size_t weight) {
  const std::lock_guard lock(mutex_);
  if (weight_ + weight > capacity_) {
    condition_.dropped += weight;
    return;
  }
  changes_.push_back({std::move(change), weight});
  weight_ += weight;
  posted_.notify_one();
}

void Writer::look_up(Change reading) {
  const std::lock_guard lock(mutex_);
  if (look_ups_.size() >= capacity_) return;
  look_ups_.push_back(std::move(reading));
  posted_.notify_one();
}

void Writer::flush() {
  std::unique_lock lock(mutex_);
  hurried_ = is_holding_;
  posted_.notify_one();
  idle_.wait(lock, [this] { return is_idle(); });
}

void Writer::read(const Change& reading) {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return is_idle(); });
  try {
    reading(database_);
  } catch (const SQLite::Exception& exception) {
    remember(exception, "read");
  }
}

Condition Writer::condition() const {
  const std::lock_guard lock(mutex_);
  return condition_;
}

void Writer::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (wait_for_work(lock, stop)) {
    const bool is_last = stop.stop_requested();
    // What is held back is tried again in its time only; look-ups come in between.
    const bool is_due = !is_holding_ || hurried_ || is_last || std::chrono::steady_clock::now() >= retry_at_;
    Changes batch = is_due ? std::exchange(changes_, {}) : Changes();
    if (is_due) weight_ = 0;
    const bool had_changes = !batch.empty();
    auto look_ups = std::exchange(look_ups_, {});
    hurried_ = hurried_ && !is_due;
    working_ = true;
    lock.unlock();
    auto written = had_changes ? write(batch) : Written::all;
    if (written == Written::not_now && is_last) written = Written::never;
    run(look_ups);
    look_ups.clear();  // whoever waits for one is told before flush() returns
    lock.lock();
    working_ = false;
    if (had_changes) conclude(written, std::move(batch));
    if (is_idle()) idle_.notify_all();
  }
}

// False: the end. After a stop the wait ends at once, and there is work as long as something is queued.
bool Writer::wait_for_work(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const auto is_urgent = [this] { return hurried_ || !look_ups_.empty() || (!changes_.empty() && !is_holding_); };
  if (is_holding_) {
    posted_.wait_until(lock, stop, retry_at_, is_urgent);
    return true;  // what is held back is work
  }
  return posted_.wait(lock, stop, is_urgent);
}

// Leaves those in the batch that were not written.
Writer::Written Writer::write(Changes& batch) {
  const auto together = attempt(batch);
  if (together != Written::never || batch.size() == 1) return together;
  // One of them is wrong in itself, and the others are not to go with it.
  Changes refused;
  for (auto each = batch.begin(); each != batch.end(); ++each) {
    const auto written = attempt(std::span(each, 1));
    if (written == Written::never) refused.push_back(std::move(*each));
    if (written != Written::not_now) continue;
    batch.erase(batch.begin(), each);
    const std::lock_guard lock(mutex_);
    condition_.dropped += weight(refused);
    return Written::not_now;
  }
  batch = std::move(refused);
  return batch.empty() ? Written::all : Written::never;
}

// In one transaction.
Writer::Written Writer::attempt(std::span<const Posted> changes) {
  try {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    for (const auto& each : changes) each.change(database_);
    transaction.commit();
    return Written::all;
  } catch (const SQLite::Exception& exception) {
    const std::lock_guard lock(mutex_);
    ++condition_.failures;
    remember(exception, "write to");
    return is_fault_of_the_machine(exception) ? Written::not_now : Written::never;
  }
}

void Writer::run(const std::vector<Change>& look_ups) {
  for (const auto& look_up : look_ups) {
    try {
      look_up(database_);
    } catch (const SQLite::Exception& exception) {
      const std::lock_guard lock(mutex_);
      ++condition_.failures;
      remember(exception, "read");
    }
  }
}

void Writer::conclude(Written written, Changes batch) {
  is_holding_ = written == Written::not_now;
  condition_.is_failing = written != Written::all;
  if (written == Written::never) condition_.dropped += weight(batch);
  if (written != Written::not_now) return;
  retry_at_ = std::chrono::steady_clock::now() + retry_pause_;
  batch.insert(batch.end(), std::make_move_iterator(changes_.begin()), std::make_move_iterator(changes_.end()));
  changes_ = std::move(batch);
  for (weight_ = weight(changes_); weight_ > capacity_; changes_.pop_back()) {
    weight_ -= changes_.back().weight;
    condition_.dropped += changes_.back().weight;
  }
}

std::size_t Writer::weight(const Changes& changes) {
  std::size_t sum = 0;
  for (const auto& each : changes) sum += each.weight;
  return sum;
}

void Writer::remember(const SQLite::Exception& exception, std::string_view doing) {
  condition_.cause = storage_error(exception, doing, database_.getFilename(), holds_).message;
}

}  // namespace pointsman::store
