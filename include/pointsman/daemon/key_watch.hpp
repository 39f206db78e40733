#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/daemon/file_watch.hpp"
#include "pointsman/store/kept_key.hpp"

namespace pointsman::daemon {

// The keys of the database, as they were when it could be read last. Notices that somebody changed them. What cannot be
// read, or has vanished, changes nothing: no key that was good or bad becomes the other by that. inotify says at once
// that the file has changed, where it hears of that; of a file that is mounted by itself, has another name or is on
// another machine it does not, so the file's state is looked at every second as well. For one thread, which it never
// keeps waiting for a lock for long.
class KeyWatch {
 public:
  static constexpr Milliseconds between_looks{1'000};
  static constexpr Milliseconds patience{50};  // for a lock that a command holds

  // Empty: there is no database, and there never will be.
  explicit KeyWatch(std::string path);

  // The first time: an Error means that nobody knows who may come in.
  Result<void> open();

  // Readable when something happened; -1: never. Call take_news() then.
  int descriptor() const { return file_.descriptor(); }
  void take_news(MonotonicTime now) { file_.take_news(now); }
  // When to look(); nothing: never.
  std::optional<MonotonicTime> due() const;
  // If it is time and the file is another one, reads it; true if the keys or the problem are others than before. What
  // may pass in a moment, such as a lock, is a problem from the second time on.
  bool look(MonotonicTime now);

  const std::vector<store::KeptKey>& keys() const { return keys_; }
  const std::string& problem() const { return problem_; }  // why the last reading failed; empty: it did not
  const std::string& path() const { return path_; }

 private:
  // Of the file that the path leads to; all 0: there is none.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Identity&) const = default;
  };
  Identity identity() const;
  Result<std::vector<store::KeptKey>> read(Milliseconds for_a_lock) const;

  std::string path_;
  FileWatch file_;
  std::vector<store::KeptKey> keys_;
  std::string problem_;
  Identity seen_;
  bool reads_again_ = false;
  bool has_failed_ = false;  // the last reading
  MonotonicTime next_look_ = MonotonicTime::min();
};

}  // namespace pointsman::daemon
