#pragma once

#include <SQLiteCpp/Database.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pointsman::store {

// The thread that owns the connection. What is posted to it is written in order, one transaction for each batch that
// it finds queued. If one fails the batch is lost, which is counted and remembered, and the next one is tried: what is
// learned is learned again. Owned by the store; post() and the figures are safe from any thread, flush() and read()
// from one at a time, and none of them from within a change.
class Writer {
 public:
  // May throw SQLite::Exception.
  using Change = std::function<void(SQLite::Database&)>;

  static constexpr std::size_t usual_capacity = 4096;

  explicit Writer(SQLite::Database database, std::size_t capacity = usual_capacity);
  ~Writer();  // writes what is queued
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Never waits for a write. Drops the change if `capacity` of them are queued.
  void post(Change change);

  // Returns when nothing is left to write.
  void flush();

  // The same, and then uses the connection on the caller's thread while the writer rests. What the database refuses is
  // remembered as for a change.
  void read(const Change& reading);

  std::uint64_t dropped() const;   // changes that were lost: the queue was full, or the database refused them
  std::string last_error() const;  // why, the last time the database refused; empty: it never did

 private:
  void work(const std::stop_token& stop);
  void write(const std::vector<Change>& batch);
  void remember(const SQLite::Exception& exception, std::string_view doing);
  bool is_idle() const { return queue_.empty() && !writing_; }

  const std::size_t capacity_;
  SQLite::Database database_;  // the writer's while writing_ is set, otherwise of who holds the lock

  mutable std::mutex mutex_;
  std::condition_variable_any posted_;
  std::condition_variable_any idle_;
  std::vector<Change> queue_;
  bool writing_ = false;
  std::uint64_t dropped_ = 0;
  std::string last_error_;

  std::jthread thread_;  // last, so that it ends before what it uses
};

}  // namespace pointsman::store
