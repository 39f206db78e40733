#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/store/kept_key.hpp"

namespace pointsman::store {

// The keys that administrators made, in a database file of its own, which outlives what was learned: nothing in it is
// ever moved aside or begun anew. Each function opens it, does one thing and closes it again, so that commands and the
// gateway can use it at the same time; what a function says is done is on the disk. Safe from every thread.
//
// Errors say what to do: the file is damaged (invalid_input), newer than this program, locked, or may not be read or
// written; there is already a key of that name (invalid_input), there is none (not_found).
class KeyDatabase {
 public:
  static constexpr Milliseconds usual_patience{5'000};  // for a lock that another process holds

  explicit KeyDatabase(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // Whether there is a file, or a link that should lead to one. Without one there never was a key.
  bool exists() const;

  // What is at the path in place of a database of keys, such as "is an empty file"; empty: nothing, or one that may be
  // it. Changes nothing.
  std::string defect() const;
  // What to do about that, for the end of a sentence.
  static constexpr std::string_view when_defective =
      "put a backup of it in its place; or, if there never was a key, remove it or make one with `pointsman keys "
      "create`";

  // All of them, by name; none if there is no file. A file that nobody has made a database of keys of is an error, not
  // an empty list, which may be retried: somebody may be making it.
  Result<std::vector<KeptKey>> read(Milliseconds patience = usual_patience) const;
  // Whether there is, or was, any key.
  Result<bool> any() const;

  // Makes the file if it is the first one.
  Result<void> add(const KeptKey& key) const;
  // The key is refused from now on; returns it as it is then. One that was revoked before stays so.
  Result<KeptKey> revoke(const std::string& name, WallTime now) const;
  // What it has now lasts until `grace_ends` at most, and the token comes beside it. Not of a revoked key; and of one
  // that has expired only with a new end.
  Result<KeptKey> rotate(const std::string& name, const KeptToken& token, WallTime grace_ends,
                         std::optional<WallTime> expires) const;

 private:
  std::string path_;
};

}  // namespace pointsman::store
