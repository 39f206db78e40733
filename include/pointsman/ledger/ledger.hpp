#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/ledger/batch.hpp"
#include "pointsman/ledger/retention.hpp"
#include "pointsman/store/migration.hpp"
#include "pointsman/store/opening.hpp"
#include "pointsman/store/writer.hpp"

namespace pointsman::ledger {

// All that are built into this binary, by version (migrations/ledger).
std::span<const store::Migration> migrations();

// What requests took, in a database of its own that nothing else depends on. open() opens and migrates on the caller's
// thread; after that a writer's thread owns the connection, and what workers hand over is written in one transaction
// for each lot that it finds, with the sums of hours and days. It never blocks who hands over: what the database does
// not take now is tried again, and what is too much is dropped and counted. Where the machine fails us at the start all
// of it is dropped, until the next start. All methods are safe from any thread, except flush() and tokens_of(), which
// are from one at a time; the destructor writes what is queued.
class Ledger {
 public:
  // Of requests that wait to be written.
  static constexpr std::size_t usual_capacity = 65'536;

  static Result<std::unique_ptr<Ledger>> open(const std::string& path, const Retention& retention, WallTime now,
                                              std::size_t capacity = usual_capacity);

  void write(Batch batch);

  // Removes some of what is too old; to be called now and then.
  void prune(WallTime now);

  // Input and output together, of the hours since that one began. Waits for the writer: for the start.
  std::uint64_t tokens_of(const std::string& key, WallTime since);

  // Returns when everything handed over before has been tried. For tests and for the end.
  void flush();

  store::Condition condition() const;  // `dropped` counts requests
  const store::Opening& opening() const { return opening_; }

 private:
  Ledger(std::unique_ptr<store::Writer> writer, store::Opening opening, const Retention& retention)
      : writer_(std::move(writer)), opening_(std::move(opening)), retention_(retention) {}

  std::unique_ptr<store::Writer> writer_;
  store::Opening opening_;
  Retention retention_;
  std::atomic<std::uint64_t> dropped_{0};  // because nothing is kept
};

// One worker's way to the ledger: gathers requests and hands them over when they are many, or half a second old. Used
// by one thread.
class Recorder {
 public:
  explicit Recorder(Ledger* ledger) : ledger_(ledger) {}  // nullptr: none is kept

  void add(const observe::AccessRecord& record);
  // Each tick of the worker.
  void tick();
  void hand_over();

 private:
  Ledger* ledger_;
  Batch batch_;
  int ticks_ = 0;  // since the first of them came
};

}  // namespace pointsman::ledger
