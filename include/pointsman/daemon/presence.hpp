#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"

namespace pointsman::daemon {

// A gateway that serves on a database.
struct RunningGateway {
  pid_t process = 0;
  std::string keys;  // the fingerprint of the kept keys that it heeds (key_changes.hpp)

  bool operator==(const RunningGateway&) const = default;
};

// Who serves on the database at `store_path`; nothing: nobody does, or nobody can tell. Takes no lock, waits for
// nobody.
std::optional<RunningGateway> gateway_at(const std::string& store_path);

// Tells others that this gateway serves on a database, by a file beside it (NAME.lock): locked until the gateway stops,
// or ends in whatever way, and with what it heeds in it. It only tells: nobody is kept from anything. A file that is
// deleted or replaced is made again. Where the database is in memory, there is nothing to tell. Used by one thread.
class Presence {
 public:
  explicit Presence(const std::string& store_path);
  ~Presence();
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

  // Looks once a second whether the place is still ours, or has become so, and else whose it is. True: what follows has
  // changed, but for the keys of the other one.
  bool look(MonotonicTime now);
  std::optional<MonotonicTime> due() const;  // nothing: there is no need to look

  // Who has the place in our stead.
  const std::optional<RunningGateway>& other() const { return other_; }
  // Why nobody can be told, for a person; empty: all is well.
  const std::string& problem() const { return problem_; }

  // These keys hold from now on.
  void tell_keys(std::string fingerprint);

  // We stop; another gateway may have the place, as when it takes over.
  void leave();

 private:
  enum class Place { ours, another, empty };

  void open();
  void close();
  bool take();
  Place place() const;
  void write() const;

  std::string path_;
  int descriptor_ = -1;
  bool is_ours_ = false;
  std::optional<RunningGateway> other_;
  std::string problem_;
  std::string keys_;
  MonotonicTime next_look_{};
};

}  // namespace pointsman::daemon
