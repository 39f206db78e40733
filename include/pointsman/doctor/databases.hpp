#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/doctor/finding.hpp"
#include "pointsman/store/database.hpp"

// Whether the gateway will find its databases as it needs them. They are looked at read-only, and nothing stays beside
// them.
namespace pointsman::doctor {

struct DatabaseState {
  std::string path;
  store::Holds holds = store::Holds::learned;
  bool exists = false;
  bool may_write = false;    // the file; where there is none: its directory, or the one above, in which it is made
  std::string in_the_way;    // a file where the path needs a directory; empty: there is none
  bool is_ours = true;       // else it belongs to another program, or is no database
  bool is_sound = true;      // as far as it was looked through
  bool is_whole = true;      // false: there was no time to look through all of it
  bool was_cut_off = false;  // a change of it was: there is nothing to be read until that is undone
  std::string trouble;       // what SQLite says: why it cannot be read, or what is wrong in it
  int schema = 0;            // 0: none yet
  int newest_schema = 0;     // that this program knows
  std::optional<std::uint64_t> free_bytes;  // of its disk
  pid_t user = 0;                           // a process that has it open; 0: none that can be told
  std::string user_name;                    // what it is called
  // Of the keys:
  std::string defect;            // what it is in place of a database of them: store::KeyDatabase::defect()
  std::optional<bool> has_keys;  // nothing: it could not be told
  bool were_seen = false;        // a gateway saw some
};

// Whether the gateway does not start because it had keys and finds none.
bool has_lost_keys(const DatabaseState& state);

// The gateway of the file that is looked at.
struct OwnGateway {
  bool answers = false;  // at one of its addresses
  pid_t process = 0;     // that serves on its database, as it says there itself; 0: none that can be told
};

Diagnosis judge_database(const DatabaseState& state, const OwnGateway& gateway);

// Only as much as can be read in the time. An empty path, or :memory:, is none: nothing is returned.
std::optional<DatabaseState> examine_database(const std::string& path, store::Holds holds, bool makes_directories,
                                              Milliseconds at_most);

}  // namespace pointsman::doctor
