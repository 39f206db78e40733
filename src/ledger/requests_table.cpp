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
  texts_used_ = 0;
  const auto id = id_of(record.time);
  insert_.bind(++column_, id);
  insert_.bind(++column_, store::milliseconds(record.time));
  for (const auto text : {record.request_id, record.key, record.api, record.route, record.model}) bind(text);
  insert_.bind(++column_, std::int32_t{is_known_model(record)});
  for (const auto text : {record.served_model, record.endpoint}) bind(text);
  insert_.bind(++column_, record.status);
  bind(observe::name(record.ended));
  if (record.origin) {
    bind(name(*record.origin));
  } else {
    insert_.bind(++column_);
  }
  bind(record.cause);
  insert_.bind(++column_, record.attempts);
  bind_told(record.queued ? record.queued->count() : -1);
  bind_told(record.first_byte_us.value_or(-1));
  insert_.bind(++column_, record.duration_us);
  insert_.bind(++column_, static_cast<std::int64_t>(record.bytes_in));
  insert_.bind(++column_, static_cast<std::int64_t>(record.bytes_out));
  insert_.bind(++column_, std::int32_t{record.stream});
  // The tokens of what was fetched belong to the request that began it.
  const bool is_own = record.background != observe::Background::fetched;
  for (const auto tokens : {record.input_tokens, record.cached_tokens, record.output_tokens, record.reasoning_tokens}) {
    bind_told(is_own ? tokens : -1);
  }
  insert_.exec();
  return id;
}

void RequestsTable::bind(std::string_view text) {
  auto& kept = texts_.at(texts_used_++);
  kept.assign(text);
  insert_.bindNoCopy(++column_, kept);
}

void RequestsTable::bind_told(std::int64_t tokens) {
  if (tokens >= 0) {
    insert_.bind(++column_, tokens);
  } else {
    insert_.bind(++column_);
  }
}

}  // namespace pointsman::ledger
