#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pointsman/base/clock.hpp"
#include "pointsman/ownership/archive.hpp"
#include "pointsman/ownership/owner.hpp"

namespace pointsman::ownership {

// Who keeps what, by its id: what all workers know. The last `most` that were learned or asked for are in memory, older
// ones in the archive. Ids are never made or changed here (docs/adr/0009). One for the process, which outlives the
// workers; safe from any thread.
class Directory {
 public:
  // How long an owner is remembered, and how many of them in memory.
  struct Bounds {
    Milliseconds lasts;
    std::size_t most;
  };

  Directory(const Clock& clock, Bounds bounds, Archive& archive) : clock_(clock), bounds_(bounds), archive_(archive) {}

  // From now on every worker finds it. What was made for another key stays that key's: some servers let their clients
  // choose an id, and nobody shall come by what is another's in that way.
  void learn(const std::string& id, const std::string& endpoint, const std::string& key);

  // What is in memory and certain.
  std::optional<Owner> find(std::string_view id);

  // The same of what only the archive may know: also whether what has just been learned was another key's before it was
  // forgotten here. `done` is called once, on any thread.
  void find_archived(const std::string& id, Archive::Done done);

 private:
  struct Entry {
    std::string id;
    Owner owner;
    bool certain = false;  // the archive was asked
  };
  using Entries = std::list<Entry>;  // the last one used first

  // With the mutex held. The end: not in memory, or expired.
  Entries::iterator look_up(std::string_view id);
  void put(Entry entry);

  const Clock& clock_;
  const Bounds bounds_;
  Archive& archive_;

  std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_id_;  // of the ids in the entries
};

}  // namespace pointsman::ownership
