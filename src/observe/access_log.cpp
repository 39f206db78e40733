#include "pointsman/observe/access_log.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <span>

#include "pointsman/base/mixing.hpp"
#include "pointsman/observe/log_line.hpp"

namespace pointsman::observe {
namespace {

// The queue's places are as many as its bound says: a batch must not make them too dear.
constexpr std::size_t batch_size = 32 * 1024;

// Calls `add` with the key and the value of each field, in order.
template <class Add>
void for_each_field(const AccessRecord& record, const Add& add) {
  const auto add_text = [&](std::string_view key, std::string_view text) {
    if (!text.empty()) add(key, text);
  };
  add_text("request_id", record.request_id);
  add_text("trace_id", record.trace_id);
  add_text("method", record.method);
  add_text("route", record.route);
  if (record.status != 0) add("status", std::int64_t{record.status});
  add_text("api", record.api);
  add_text("key", record.key);
  add_text("model", record.model);
  add_text("served_model", record.served_model);
  add_text("endpoint", record.endpoint);
  add_text("endpoint_request_id", record.endpoint_request_id);
  add("ended", name(record.ended));
  if (record.origin) add("origin", name(*record.origin));
  add_text("cause", record.cause);
  add("duration_us", record.duration_us);
  if (record.first_byte_us) add("first_byte_us", *record.first_byte_us);
  if (record.queued) add("queue_ms", std::int64_t{record.queued->count()});
  add("bytes_in", static_cast<std::int64_t>(record.bytes_in));
  add("bytes_out", static_cast<std::int64_t>(record.bytes_out));
  add("stream", record.stream);
  if (record.attempts > 1) add("attempts", std::int64_t{record.attempts});
  add_text("failed_at", record.failed_at);
  add_text("fallback", record.fallback);
  // They are those of the request that began what was fetched.
  if (record.background == Background::fetched) return;
  if (record.input_tokens >= 0) add("input_tokens", record.input_tokens);
  if (record.output_tokens >= 0) add("output_tokens", record.output_tokens);
  if (record.cached_tokens >= 0) add("cached_tokens", record.cached_tokens);
  if (record.reasoning_tokens >= 0) add("reasoning_tokens", record.reasoning_tokens);
}

void append_text(std::string& out, const AccessRecord& record, std::string_view sample, bool colour) {
  std::array<Field, 28> fields;
  std::size_t size = 0;
  for_each_field(record, [&](std::string_view key, auto value) { fields[size++] = {key, value}; });
  if (!sample.empty()) fields[size++] = {"sample", sample};
  append_text_line(out, {record.time, Level::info, "event", "access", std::span(fields).first(size)}, colour);
}

// Fields as JSON, one behind the other. Short ones are gathered on the stack, where nothing has to be asked of a
// string's capacity: there is such a line for each request.
class JsonFields {
 public:
  explicit JsonFields(std::string& out) : out_(out) {}
  ~JsonFields() { give(); }
  JsonFields(const JsonFields&) = delete;
  JsonFields& operator=(const JsonFields&) = delete;

  void add(std::string_view key, std::string_view text) {
    if (text.size() > short_text || !is_plain(text)) {
      give();
      append_json_field(out_, key, text);
      return;
    }
    begin(key);
    *end_++ = '"';
    put(text);
    *end_++ = '"';
  }

  void add(std::string_view key, std::int64_t number) {
    begin(key);
    end_ = std::to_chars(end_, end_ + longest_number, number).ptr;
  }

  void add(std::string_view key, bool truth) {
    begin(key);
    put(truth ? "true" : "false");
  }

 private:
  static constexpr std::size_t short_text = 64;
  static constexpr std::size_t longest_number = 20;
  static constexpr std::size_t longest_field = 32 + short_text;  // a key of ours, with what is around it

  // Without an if that stops at the first that is not, many characters are looked at at once.
  static bool is_plain(std::string_view text) {
    bool plain = true;
    for (const char c : text) plain &= (c >= 0x20) & (c < 0x7f) & (c != '"') & (c != '\\');
    return plain;
  }

  void begin(std::string_view key) {
    if (end_ + longest_field > buffer_.data() + buffer_.size()) give();
    *end_++ = ',';
    *end_++ = '"';
    put(key);
    *end_++ = '"';
    *end_++ = ':';
  }

  void put(std::string_view text) {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }

  void give() {
    out_.append(buffer_.data(), end_);
    end_ = buffer_.data();
  }

  std::string& out_;
  std::array<char, 1024> buffer_;  // not filled: it is written before it is read
  char* end_ = buffer_.data();
};

void append_json_fields(std::string& out, const AccessRecord& record) {
  JsonFields fields(out);
  for_each_field(record, [&](std::string_view key, auto value) { fields.add(key, value); });
}

// FNV-1a, and its bits mixed: the beginnings of our ids are alike.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325u;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return mixed(value);
}

}  // namespace

bool is_sampled(std::string_view request_id, double share) {
  return share >= 1 || std::ldexp(static_cast<double>(hash(request_id)), -64) < share;
}

AccessLog::AccessLog(Log& log) : log_(log) {
  const double share = log.options().access_sample;
  std::array<char, 32> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), share);
  if (share < 1) sample_.assign(digits.data(), written.ptr);
}

void AccessLog::write(const AccessRecord& record) {
  const auto& options = log_.options();
  if (!options.access) return;
  const bool is_error = record.origin && record.ended != Ended::client_left;
  if (!is_error && !is_sampled(record.request_id, options.access_sample)) return;
  if (!lines_.empty()) lines_ += '\n';
  const std::string_view sample = is_error ? std::string_view() : sample_;
  options.json ? append_json(record, sample) : append_text(lines_, record, sample, log_.coloured());
  if (lines_.size() >= batch_size) flush();
}

void AccessLog::append_json(const AccessRecord& record, std::string_view sample) {
  append_beginning(record.time);
  append_json_fields(lines_, record);
  if (!sample.empty()) lines_.append(R"(,"sample":)").append(sample);
  lines_ += '}';
}

// What lines of the same second begin with differs in the milliseconds only.
void AccessLog::append_beginning(WallTime time) {
  constexpr std::size_t milliseconds_at = std::string_view(R"({"time":"2026-11-23T10:30:00.)").size();
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != second_ || beginning_.empty()) {
    second_ = second;
    beginning_.clear();
    append_json_beginning(beginning_, {second, Level::info, "event", "access", {}});
  }
  const auto milliseconds = static_cast<unsigned>((time - second).count());
  const auto at = lines_.size() + milliseconds_at;
  lines_ += beginning_;
  lines_[at] = static_cast<char>('0' + milliseconds / 100);
  lines_[at + 1] = static_cast<char>('0' + milliseconds / 10 % 10);
  lines_[at + 2] = static_cast<char>('0' + milliseconds % 10);
}

void AccessLog::flush() {
  if (lines_.empty()) return;
  log_.write_lines(lines_);
  lines_.clear();
}

}  // namespace pointsman::observe
