#include "pointsman/observe/log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <span>
#include <utility>

#include "descriptor_sink.hpp"
#include "pointsman/observe/log_line.hpp"

namespace pointsman::observe {
namespace {

constexpr std::size_t queue_places = 2048;
constexpr std::chrono::seconds patience_at_the_end{1};

// Signals belong to the threads that wait for them, and a reader who is gone must not end the process by SIGPIPE.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

class Log::Backend {
 public:
  explicit Backend(const Options& options)
      : json_(options.json),
        colour_(options.file.empty() && ::isatty(options.descriptor) == 1),
        queue_(std::make_shared<spdlog::details::thread_pool>(queue_places, 1, block_signals)),
        sink_(options.file.empty() ? std::make_shared<DescriptorSink>(options.descriptor, *queue_)
                                   : std::make_shared<DescriptorSink>(options.file, *queue_)),
        logger_(std::make_shared<spdlog::async_logger>("pointsman", sink_, queue_,
                                                       spdlog::async_overflow_policy::overrun_oldest)) {}

  ~Backend() {
    sink_->close_by(std::chrono::steady_clock::now() + patience_at_the_end);
    auto logger = logger_;
    queue_->post_flush(std::move(logger), spdlog::async_overflow_policy::block);
    queue_.reset();  // joins its thread
  }

  void write(Level level, std::string_view kind, std::string_view text, std::span<const Field> fields) {
    const LogLine line{log_time(), level, kind, text, fields};
    std::string formatted;
    json_ ? append_json_line(formatted, line) : append_text_line(formatted, line, colour_);
    write_lines(formatted);
  }

  void write_lines(std::string_view lines) {
    logger_->log(spdlog::level::info, spdlog::string_view_t(lines.data(), lines.size()));
  }

  void reopen() { sink_->reopen(); }

  std::string trouble() const { return sink_->trouble(); }

  bool coloured() const { return colour_; }

  std::uint64_t dropped() const { return queue_->overrun_counter(); }

 private:
  const bool json_;
  const bool colour_;
  std::shared_ptr<spdlog::details::thread_pool> queue_;
  std::shared_ptr<DescriptorSink> sink_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

Log::Log(Options options)
    : options_(std::move(options)), level_(options_.level), backend_(std::make_unique<Backend>(options_)) {}
Log::~Log() = default;

void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (level < level_.load(std::memory_order_relaxed)) return;
  backend_->write(level, "message", message, std::span<const Field>(fields.begin(), fields.size()));
}

void Log::write_lines(std::string_view lines) { backend_->write_lines(lines); }

void Log::reopen() { backend_->reopen(); }

std::string Log::trouble() const { return backend_->trouble(); }

bool Log::coloured() const { return backend_->coloured(); }

std::uint64_t Log::dropped() const { return backend_->dropped(); }

}  // namespace pointsman::observe
