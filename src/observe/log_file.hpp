#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace pointsman::observe {

// A file that lines are appended to, and that others move away (logrotate): then another one is begun at its path, at
// once after reopen(), and otherwise within a second of the next line. What cannot be opened anew goes on in the old
// one. Everything but reopen() and error() belongs to one
// thread.
class LogFile {
 public:
  explicit LogFile(std::string path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // From any thread.
  void reopen() { is_asked_ = true; }

  int descriptor();  // to write to, until the next call; below 0: there is none

  // Why what is written to is not the file at its path (errno); 0: it is. From any thread.
  int error() const { return error_; }

 private:
  bool was_moved() const;

  const std::string path_;
  int descriptor_;
  std::atomic<bool> is_asked_{false};
  std::atomic<int> error_{0};
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace pointsman::observe
