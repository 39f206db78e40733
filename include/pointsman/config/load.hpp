#pragma once

#include <map>
#include <string>
#include <vector>

#include "pointsman/config/environment.hpp"
#include "pointsman/config/problem.hpp"
#include "pointsman/config/refusal.hpp"
#include "pointsman/config/settings.hpp"

// From the YAML file to Settings. This is the header that other modules include: it brings all that belongs to it.
namespace pointsman::config {

// What the file may say but this module cannot know: it stands above the modules that do.
struct Vocabulary {
  std::vector<std::string> apis;      // names that `apis:` and `defaults:` may use
  std::vector<std::string> models{};  // that there are, whatever the file lists
  // False: whoever asks does not need what the files hold that this one names, and may not be allowed to read them;
  // something else stands for it (stand_in.hpp).
  bool reads_named_files = true;
};

// A client's key that the file has.
struct WrittenKey {
  Place place;
  bool is_short = false;  // its secret has fewer than shortest_good_key characters
};
inline constexpr std::size_t shortest_good_key = 16;

// Bytes of such a file.
inline constexpr std::size_t largest_file = 1 << 20;

struct Loaded {
  Settings settings;  // usable only if ok()
  std::vector<Problem> problems;
  // Those whose content belongs to the settings, usable or not: of keys, and of endpoints' TLS. Of listeners' TLS only
  // where something is wrong: what is right is renewed by itself.
  std::vector<std::string> files;
  std::map<std::string, WrittenKey> keys;  // by name
  bool is_missing = false;                 // there is no such file

  bool ok() const;  // no problem is an error
};

// Reads a whole file and reports every problem at once, in the order of the file. Never throws for what the file says.
// Paths in it that are not absolute begin at the file's directory, those of a text at `directory`.
Loaded load_file(const std::string& path, const Vocabulary& vocabulary, const Environment& environment);
Loaded load_text(const std::string& yaml, const Vocabulary& vocabulary, const Environment& environment,
                 const std::string& directory = ".");

}  // namespace pointsman::config
