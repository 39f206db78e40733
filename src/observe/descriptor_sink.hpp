#pragma once

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace pointsman::observe {

// Writes lines to a descriptor. What waits in the queue is written together, and nothing is held back once the queue is
// empty. A reader who stops reading stops us too (the queue then drops its oldest lines), until close_by() sets a
// limit; one who is gone costs lines, nothing else. Everything but close_by() belongs to the queue's thread.
class DescriptorSink final : public spdlog::sinks::sink {
 public:
  // `queue` must outlive the last call.
  DescriptorSink(int descriptor, spdlog::details::thread_pool& queue);

  // From any thread: from then on, what the reader does not take at once is lost.
  void close_by(std::chrono::steady_clock::time_point deadline) { deadline_ = deadline; }

  void log(const spdlog::details::log_msg& line) override;
  void flush() override;
  // Lines come formatted.
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  bool wait_until_writable() const;

  const int descriptor_;
  const bool is_file_;  // takes everything at once
  spdlog::details::thread_pool& queue_;
  std::string pending_;
  std::atomic<std::chrono::steady_clock::time_point> deadline_{std::chrono::steady_clock::time_point::max()};
};

}  // namespace pointsman::observe
