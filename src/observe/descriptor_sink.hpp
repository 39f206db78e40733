#pragma once

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "log_file.hpp"

namespace pointsman::observe {

// Writes lines to a descriptor or a file. What waits in the queue is written together, and nothing is held back once
// the queue is empty. A reader who stops reading stops us too (the queue then drops its oldest lines), until close_by()
// sets a limit; one who is gone costs lines, nothing else. Everything but close_by(), reopen() and trouble()
// belongs to the queue's thread.
class DescriptorSink final : public spdlog::sinks::sink {
 public:
  // `queue` must outlive the last call.
  DescriptorSink(int descriptor, spdlog::details::thread_pool& queue);
  // To a file, in place of a descriptor.
  DescriptorSink(const std::string& path, spdlog::details::thread_pool& queue);

  // From any thread: a file is opened anew with the next line.
  void reopen() {
    if (file_) file_->reopen();
  }

  // From any thread: from then on, what the reader does not take at once is lost.
  void close_by(std::chrono::steady_clock::time_point deadline) { deadline_ = deadline; }

  // From any thread: what keeps lines from where they belong, in words; empty: nothing does.
  std::string trouble() const;

  void log(const spdlog::details::log_msg& line) override;
  void flush() override;
  // Lines come formatted.
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  bool wait_until_writable() const;

  std::optional<LogFile> file_;
  int descriptor_;
  const bool is_file_;  // takes everything at once
  spdlog::details::thread_pool& queue_;
  std::string pending_;
  std::atomic<int> error_{0};  // of the last write
  bool is_torn_ = false;       // the last line that was written lacks its end: the disk was full
  std::atomic<std::chrono::steady_clock::time_point> deadline_{std::chrono::steady_clock::time_point::max()};
};

}  // namespace pointsman::observe
