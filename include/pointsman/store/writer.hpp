#pragma once

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/store/database.hpp"

namespace pointsman::store {

// What has become of the changes so far.
struct Condition {
  bool is_failing = false;     // the last attempt failed, so that changes are held back or were lost
  std::uint64_t failures = 0;  // attempts that failed
  std::uint64_t dropped = 0;   // changes that were lost, by their weight: too many were queued, or the database refused
                               // them for good
  std::string cause;           // why the database refused the last time; empty: it never did

  bool operator==(const Condition&) const = default;
};

// The thread that owns the connection. What is posted to it is written in order, one transaction for each batch that
// it finds queued. A change weighs as much as the things that it writes, usually one; the queue is bounded by weight.
// If the machine fails it (the disk is full, another process holds the lock) the batch is held and tried again after
// `retry_pause`, with what came since, as long as no more than `capacity` is held. If a change itself fails,
// each of the batch is tried in a transaction of its own, and what fails again is lost. Owned by the store; post(),
// look_up() and condition() are safe from any thread, flush() and read() from one at a time, and none of them from
// within a change.
class Writer {
 public:
  // May throw SQLite::Exception.
  using Change = std::function<void(SQLite::Database&)>;

  static constexpr std::size_t usual_capacity = 4096;
  static constexpr Milliseconds usual_retry_pause{1'000};

  explicit Writer(SQLite::Database database, std::size_t capacity = usual_capacity,
                  Milliseconds retry_pause = usual_retry_pause, Holds holds = Holds::learned);
  ~Writer();  // writes what is queued, if the database takes it
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Never waits for a write. Drops the change if more than `capacity` would be queued with it.
  void post(Change change, std::size_t weight = 1);

  // Something that only reads. It is run after the changes posted before it, but does not wait for those that are held
  // back. Dropped, like a change, if `capacity` of them are queued.
  void look_up(Change reading);

  // Returns when all that was posted has been tried: it is written, unless condition() says otherwise.
  void flush();

  // The same, and then uses the connection on the caller's thread while the writer rests. What the database refuses is
  // remembered as for a change.
  void read(const Change& reading);

  Condition condition() const;

 private:
  struct Posted {
    Change change;
    std::size_t weight;
  };
  using Changes = std::vector<Posted>;
  static std::size_t weight(const Changes& changes);
  enum class Written { all, not_now, never };

  void work(const std::stop_token& stop);
  bool wait_for_work(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  Written write(Changes& batch);
  Written attempt(std::span<const Posted> changes);
  void run(const std::vector<Change>& look_ups);
  void conclude(Written written, Changes batch);
  void remember(const SQLite::Exception& exception, std::string_view doing);
  bool is_idle() const { return !working_ && look_ups_.empty() && !hurried_ && (changes_.empty() || is_holding_); }

  const std::size_t capacity_;
  const Milliseconds retry_pause_;
  const Holds holds_;
  SQLite::Database database_;  // the writer's while working_ is set, otherwise of who holds the lock

  mutable std::mutex mutex_;
  std::condition_variable_any posted_;
  std::condition_variable_any idle_;
  Changes changes_;
  std::size_t weight_ = 0;  // of changes_
  std::vector<Change> look_ups_;
  bool working_ = false;
  bool is_holding_ = false;  // changes wait for the next attempt
  bool hurried_ = false;     // which shall be made now
  std::chrono::steady_clock::time_point retry_at_;
  Condition condition_;

  std::jthread thread_;  // last, so that it ends before what it uses
};

}  // namespace pointsman::store
