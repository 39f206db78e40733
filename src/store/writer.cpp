#include "pointsman/store/writer.hpp"

#include <SQLiteCpp/Transaction.h>

#include <utility>

#include "pointsman/store/database.hpp"

namespace pointsman::store {

Writer::Writer(SQLite::Database database, std::size_t capacity)
    : capacity_(capacity),
      database_(std::move(database)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

Writer::~Writer() = default;

void Writer::post(Change change) {
  const std::lock_guard lock(mutex_);
  if (queue_.size() >= capacity_) {
    ++dropped_;
    return;
  }
  queue_.push_back(std::move(change));
  posted_.notify_one();
}

void Writer::flush() {
  std::unique_lock lock(mutex_);
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

std::uint64_t Writer::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

std::string Writer::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

void Writer::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  // After a stop the wait ends at once, and is true as long as something is queued.
  while (posted_.wait(lock, stop, [this] { return !queue_.empty(); })) {
    const std::vector<Change> batch = std::exchange(queue_, {});
    writing_ = true;
    lock.unlock();
    write(batch);
    lock.lock();
    writing_ = false;
    if (is_idle()) idle_.notify_all();
  }
}

void Writer::write(const std::vector<Change>& batch) {
  try {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    for (const auto& change : batch) change(database_);
    transaction.commit();
  } catch (const SQLite::Exception& exception) {
    const std::lock_guard lock(mutex_);
    dropped_ += batch.size();
    remember(exception, "write to");
  }
}

void Writer::remember(const SQLite::Exception& exception, std::string_view doing) {
  last_error_ = storage_error(exception, doing, database_.getFilename()).message;
}

}  // namespace pointsman::store
