#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "pointsman/base/clock.hpp"

namespace pointsman::daemon {

// Notices that a file is another one than before: written, replaced by renaming, or led to by another symbolic link, as
// editors and Kubernetes do. It watches the directories that its name and its target are in, waits until nothing has
// happened there for a moment, and then looks. For one thread.
class FileWatch {
 public:
  static constexpr Milliseconds calm{100};
  static constexpr Milliseconds longest_unrest{1'000};

  // Empty: no file, and nothing ever changes.
  explicit FileWatch(std::string path);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Readable when something happened; -1: never.
  int descriptor() const { return descriptor_; }
  // Call it then.
  void take_news(MonotonicTime now);
  // When to ask has_changed(); nothing: not before there is news.
  std::optional<MonotonicTime> due() const { return due_; }
  // It is time, and the file is another one than when this or look() was called last.
  bool has_changed(MonotonicTime now);

  // The file is about to be read.
  void look();

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const Identity&) const = default;
  };
  void watch_directories() const;
  Identity identity() const;

  std::string path_;
  int descriptor_ = -1;
  Identity seen_;
  std::optional<MonotonicTime> unrest_since_;
  std::optional<MonotonicTime> due_;
};

}  // namespace pointsman::daemon
