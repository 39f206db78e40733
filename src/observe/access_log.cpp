#include "pointsman/observe/access_log.hpp"

#include <array>
#include <span>

#include "pointsman/observe/log_line.hpp"

namespace pointsman::observe {
namespace {

// The queue's places are as many as its bound says: a batch must not make them too dear.
constexpr std::size_t batch_size = 32 * 1024;

class AccessFields {
 public:
  explicit AccessFields(const AccessRecord& record) {
    add("request_id", record.request_id);
    add("method", record.method);
    add("route", record.route);
    if (record.status != 0) add("status", std::int64_t{record.status});
    add("key", record.key);
    add("model", record.model);
    add("endpoint", record.endpoint);
    add("endpoint_request_id", record.endpoint_request_id);
    add("cause", record.cause);
    add("duration_us", record.duration_us);
    if (record.queued) add("queue_ms", std::int64_t{record.queued->count()});
    add("bytes_in", static_cast<std::int64_t>(record.bytes_in));
    add("bytes_out", static_cast<std::int64_t>(record.bytes_out));
    add("stream", record.stream);
    if (record.attempts > 1) add("attempts", std::int64_t{record.attempts});
    add("failed_at", record.failed_at);
    add("fallback", record.fallback);
    if (record.input_tokens >= 0) add("input_tokens", record.input_tokens);
    if (record.output_tokens >= 0) add("output_tokens", record.output_tokens);
    if (record.cached_tokens >= 0) add("cached_tokens", record.cached_tokens);
    if (record.reasoning_tokens >= 0) add("reasoning_tokens", record.reasoning_tokens);
  }

  std::span<const Field> fields() const { return {fields_.data(), size_}; }

 private:
  void add(std::string_view key, std::string_view text) {
    if (!text.empty()) fields_[size_++] = {key, text};
  }
  void add(std::string_view key, std::int64_t number) { fields_[size_++] = {key, number}; }
  void add(std::string_view key, bool truth) { fields_[size_++] = {key, truth}; }

  std::array<Field, 21> fields_;
  std::size_t size_ = 0;
};

}  // namespace

void AccessLog::write(const AccessRecord& record) {
  const auto& options = log_.options();
  if (!options.access) return;
  const AccessFields access(record);
  const LogLine line{log_time(), Level::info, "event", "access", access.fields()};
  if (!lines_.empty()) lines_ += '\n';
  options.json ? append_json_line(lines_, line) : append_text_line(lines_, line, log_.coloured());
  if (lines_.size() >= batch_size) flush();
}

void AccessLog::flush() {
  if (lines_.empty()) return;
  log_.write_lines(lines_);
  lines_.clear();
}

}  // namespace pointsman::observe
