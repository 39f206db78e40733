#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"

namespace pointsman::daemon {

// Notices that a file, or one that it names, is another one than before: written, replaced by renaming, or led to by
// another symbolic link, as editors, systemd and Kubernetes do. It watches the directories that their names lead
// through by links and those in which they end, waits until nothing has happened there for a moment, and then looks.
// For one thread.
class FileWatch {
 public:
  static constexpr Milliseconds calm{100};
  static constexpr Milliseconds longest_unrest{1'000};

  // Empty: no file, and nothing ever changes.
  explicit FileWatch(std::string path);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // The files that it names, in place of those of before. True: one of them was not watched until now, so that it may
  // have changed unseen since it was read.
  bool also(const std::vector<std::string>& files);

  // Readable when something happened; -1: never.
  int descriptor() const { return descriptor_; }
  // Call it then.
  void take_news(MonotonicTime now);
  // When to ask has_changed(); nothing: not before there is news.
  std::optional<MonotonicTime> due() const { return due_; }
  // It is time, and the file or one that it names is another one than when this or look() was called last.
  bool has_changed(MonotonicTime now);
  // Then: it was the file itself.
  bool was_the_file() const { return was_the_file_; }

  // They are about to be read.
  void look();

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    mode_t mode = 0;  // somebody may be allowed to read it now
    std::int64_t modified_ns = 0;
    bool operator==(const Identity&) const = default;
  };
  bool watch(const std::filesystem::path& directory) const;
  void watch_way(const std::filesystem::path& path, int most_links) const;
  Identity look_at(const std::string& path) const;

  std::string path_;
  int descriptor_ = -1;
  std::map<std::string, Identity> seen_;  // of it and of those that it names
  bool was_the_file_ = false;
  std::optional<MonotonicTime> unrest_since_;
  std::optional<MonotonicTime> due_;
};

}  // namespace pointsman::daemon
