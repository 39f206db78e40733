#include "pointsman/ledger/requests_table.hpp"

#include <algorithm>

#include "pointsman/ledger/sums.hpp"
#include "pointsman/store/columns.hpp"

namespace pointsman::ledger {
namespace {

constexpr const char* insertion = R"(
INSERT INTO requests (id, at, request_id, key, api, route, model, is_known_model, served_model, endpoint, status, ended, origin, cause,
  attempts, queue_ms, first_byte_us, duration_us, bytes_in, bytes_out, stream, input_tokens, cached_tokens,
  output_tokens, reasoning_tokens)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))";

constexpr std::int64_t ids_of_a_millisecond = 1'000;

}  // namespace

std::int64_t first_request_of(WallTime time) { return store::milliseconds(time) * ids_of_a_millisecond; }

RequestsTable::RequestsTable(SQLite::Database& database)
    : last_id_(database.execAndGet("SELECT coalesce(max(id), 0) FROM requests").getInt64()),
      insert_(database, insertion) {}

std::int64_t RequestsTable::id_of(WallTime time) {
  last_id_ = std::max(last_id_ + 1, first_request_of(time));
  return last_id_;
}

std::int64_t RequestsTable::add(const observe::AccessRecord& record) {
  insert_.reset();
  column_ = 0;
  const auto id = id_of(record.time);
  bind(id);
  bind(store::milliseconds(record.time));
  for (const auto text : {record.request_id, record.key, record.api, record.route, record.model}) bind(text);
  bind(std::int64_t{is_known_model(record)});
  for (const auto text : {record.served_model, record.endpoint}) bind(text);
  bind(std::int64_t{record.status});
  bind(observe::name(record.ended));
  if (record.origin) {
    bind(name(*record.origin));
  } else {
    bind_null();
  }
  bind(record.cause);
  bind(std::int64_t{record.attempts});
  bind_told(record.queued ? record.queued->count() : -1);
  bind_told(record.first_byte_us.value_or(-1));
  bind(record.duration_us);
  bind(static_cast<std::int64_t>(record.bytes_in));
  bind(static_cast<std::int64_t>(record.bytes_out));
  bind(std::int64_t{record.stream});
  // The tokens of what was fetched belong to the request that began it.
  const bool is_own = record.background != observe::Background::fetched;
  for (const auto tokens : {record.input_tokens, record.cached_tokens, record.output_tokens, record.reasoning_tokens}) {
    bind_told(is_own ? tokens : -1);
  }
  insert_.exec();
  return id;
}

void RequestsTable::bind(std::string_view text) {
  auto& bound = bound_.at(column_++);
  if (bound.kind == Bound::Kind::text && bound.text == text) return;
  bound.kind = Bound::Kind::text;
  bound.text = text;
  insert_.bindNoCopy(static_cast<int>(column_), bound.text);
}

void RequestsTable::bind(std::int64_t number) {
  auto& bound = bound_.at(column_++);
  if (bound.kind == Bound::Kind::number && bound.number == number) return;
  bound.kind = Bound::Kind::number;
  bound.number = number;
  insert_.bind(static_cast<int>(column_), number);
}

void RequestsTable::bind_null() {
  auto& bound = bound_.at(column_++);
  if (bound.kind == Bound::Kind::null) return;
  bound.kind = Bound::Kind::null;
  insert_.bind(static_cast<int>(column_));
}

}  // namespace pointsman::ledger
