#include "pointsman/observe/log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <span>

#include "descriptor_sink.hpp"
#include "pointsman/observe/log_line.hpp"

namespace pointsman::observe {
namespace {

constexpr std::size_t queue_lines = 8192;
constexpr std::chrono::seconds patience_at_the_end{1};

// Signals belong to the threads that wait for them, and a reader who is gone must not end the process by SIGPIPE.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

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
    add("bytes_in", static_cast<std::int64_t>(record.bytes_in));
    add("bytes_out", static_cast<std::int64_t>(record.bytes_out));
    add("stream", record.stream);
  }

  std::span<const Field> fields() const { return {fields_.data(), size_}; }

 private:
  void add(std::string_view key, std::string_view text) {
    if (!text.empty()) fields_[size_++] = {key, text};
  }
  void add(std::string_view key, std::int64_t number) { fields_[size_++] = {key, number}; }
  void add(std::string_view key, bool truth) { fields_[size_++] = {key, truth}; }

  std::array<Field, 13> fields_;
  std::size_t size_ = 0;
};

}  // namespace

class Log::Backend {
 public:
  explicit Backend(const Options& options)
      : json_(options.json),
        colour_(::isatty(options.descriptor) == 1),
        queue_(std::make_shared<spdlog::details::thread_pool>(queue_lines, 1, block_signals)),
        sink_(std::make_shared<DescriptorSink>(options.descriptor, *queue_)),
        logger_(std::make_shared<spdlog::async_logger>("pointsman", sink_, queue_,
                                                       spdlog::async_overflow_policy::overrun_oldest)) {}

  ~Backend() {
    sink_->close_by(std::chrono::steady_clock::now() + patience_at_the_end);
    auto logger = logger_;
    queue_->post_flush(std::move(logger), spdlog::async_overflow_policy::block);
    queue_.reset();  // joins its thread
  }

  void write(Level level, std::string_view kind, std::string_view text, std::span<const Field> fields) {
    const auto now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
    const LogLine line{now, level, kind, text, fields};
    const std::string formatted = json_ ? json_line(line) : text_line(line, colour_);
    logger_->log(spdlog::level::info, spdlog::string_view_t(formatted));
  }

  std::uint64_t dropped() const { return queue_->overrun_counter(); }

 private:
  const bool json_;
  const bool colour_;
  std::shared_ptr<spdlog::details::thread_pool> queue_;
  std::shared_ptr<DescriptorSink> sink_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

Log::Log(Options options) : options_(options), backend_(std::make_unique<Backend>(options)) {}
Log::~Log() = default;

void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (level < options_.level) return;
  backend_->write(level, "message", message, std::span<const Field>(fields.begin(), fields.size()));
}

void Log::access(const AccessRecord& record) {
  if (!options_.access) return;
  const AccessFields access(record);
  backend_->write(Level::info, "event", "access", access.fields());
}

std::uint64_t Log::dropped() const { return backend_->dropped(); }

}  // namespace pointsman::observe
