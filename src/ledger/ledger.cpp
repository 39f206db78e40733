#include "pointsman/ledger/ledger.hpp"

#include <SQLiteCpp/Statement.h>

#include <utility>

#include "pointsman/ledger/background_table.hpp"
#include "pointsman/ledger/requests_table.hpp"
#include "pointsman/ledger/rollup.hpp"

namespace pointsman::ledger {
namespace {

constexpr std::size_t enough_bytes = std::size_t{256} << 10;
constexpr int enough_ticks = 10;

void write_to(SQLite::Database& database, const Batch& batch) {
  using observe::Background;
  RequestsTable requests(database);
  BackgroundTable background(database);
  Rollup rollup;
  batch.for_each([&](const observe::AccessRecord& record) {
    const auto row = requests.add(record);
    rollup.add(group_of(record), sums_of(record));
    if (record.background_id.empty()) return;
    if (record.background == Background::begun && is_without_usage(record)) background.add(record, row);
    if (record.background == Background::fetched && tells_tokens(record)) background.settle(record);
  });
  rollup.write(database);
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& path, const Retention& retention, WallTime now,
                                             std::size_t capacity) {
  auto opened = store::open_kept(path, migrations(), now, store::Holds::requests);
  if (!opened) return opened.error();
  std::unique_ptr<store::Writer> writer;
  if (opened->opening.keeps)
    writer = std::make_unique<store::Writer>(std::move(opened->database), capacity, store::Writer::usual_retry_pause,
                                             store::Holds::requests);
  return std::unique_ptr<Ledger>(new Ledger(std::move(writer), std::move(opened->opening), retention));
}

void Ledger::write(Batch batch) {
  const auto count = batch.count();
  if (!writer_) {
    dropped_ += count;
    return;
  }
  const auto kept = std::make_shared<const Batch>(std::move(batch));
  writer_->post([kept](SQLite::Database& database) { write_to(database, *kept); }, count);
}

void Ledger::prune(WallTime now) {
  if (!writer_ || writer_->condition().is_failing) return;
  writer_->post([retention = retention_, now](SQLite::Database& database) { remove_old(database, retention, now); }, 0);
}

std::uint64_t Ledger::tokens_of(const std::string& key, WallTime since) {
  std::int64_t tokens = 0;
  if (!writer_) return 0;
  writer_->read([&](SQLite::Database& database) {
    // A sum that is too large fails with sum(), and not with total(), which rounds what is beyond every budget.
    SQLite::Statement sum(database,
                          "SELECT total(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) FROM hours "
                          "WHERE hour >= ? AND key = ?");
    sum.bind(1, hour_of(since));
    sum.bind(2, key);
    if (sum.executeStep()) tokens = sum.getColumn(0).getInt64();
  });
  return static_cast<std::uint64_t>(tokens);
}

void Ledger::flush() {
  if (writer_) writer_->flush();
}

store::Condition Ledger::condition() const {
  auto condition = writer_ ? writer_->condition() : store::Condition();
  condition.dropped += dropped_;
  return condition;
}

void Recorder::add(const observe::AccessRecord& record) {
  if (ledger_ == nullptr) return;
  batch_.add(record);
  // What fetches a response's tokens, maybe on another worker, shall find the request that began it.
  if (batch_.bytes() >= enough_bytes || record.background == observe::Background::begun) hand_over();
}

void Recorder::tick() {
  if (!batch_.empty() && ++ticks_ >= enough_ticks) hand_over();
}

void Recorder::hand_over() {
  ticks_ = 0;
  if (ledger_ == nullptr || batch_.empty()) return;
  Batch next;
  next.reserve(batch_.bytes() + batch_.bytes() / 8);  // about as much will come
  ledger_->write(std::exchange(batch_, std::move(next)));
}

}  // namespace pointsman::ledger
