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

Writer::Writer(SQLite::Database database, std::size_t capacity, Milliseconds retry_pause)
    : capacity_(capacity), retry_pause_(retry_pause), database_(std::move(database)) {
  database_.setBusyTimeout(static_cast<int>(patience.count()));
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Writer::~Writer() = default;

void Writer::post(Change change) {
  const std::lock_guard lock(mutex_);
  if (changes_.size() >= capacity_) {
    ++condition_.dropped;
    return;
  }
  changes_.push_back(std::move(change));
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
    Changes look_ups = std::exchange(look_ups_, {});
    hurried_ = hurried_ && !is_due;
    working_ = true;
    lock.unlock();
    auto written = batch.empty() ? Written::all : write(batch);
    if (written == Written::not_now && is_last) written = Written::never;
    run(look_ups);
    look_ups.clear();  // whoever waits for one is told before flush() returns
    lock.lock();
    working_ = false;
    if (!batch.empty()) conclude(written, std::move(batch));
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

Writer::Written Writer::write(const Changes& batch) {
  try {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    for (const auto& change : batch) change(database_);
    transaction.commit();
    return Written::all;
  } catch (const SQLite::Exception& exception) {
    const std::lock_guard lock(mutex_);
    ++condition_.failures;
    remember(exception, "write to");
    return is_fault_of_the_machine(exception) ? Written::not_now : Written::never;
  }
}

void Writer::run(const Changes& look_ups) {
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
  if (written == Written::never) condition_.dropped += batch.size();
  if (written != Written::not_now) return;
  retry_at_ = std::chrono::steady_clock::now() + retry_pause_;
  batch.insert(batch.end(), std::make_move_iterator(changes_.begin()), std::make_move_iterator(changes_.end()));
  changes_ = std::move(batch);
  if (changes_.size() <= capacity_) return;
  condition_.dropped += changes_.size() - capacity_;
  changes_.resize(capacity_);
}

void Writer::remember(const SQLite::Exception& exception, std::string_view doing) {
  condition_.cause = storage_error(exception, doing, database_.getFilename()).message;
}

}  // namespace pointsman::store
