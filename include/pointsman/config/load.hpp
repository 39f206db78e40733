#pragma once

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
  std::vector<std::string> apis;  // names that `apis:` and `defaults:` may use
};

struct Loaded {
  Settings settings;  // usable only if ok()
  std::vector<Problem> problems;

  bool ok() const;  // no problem is an error
};

// Reads a whole file and reports every problem at once, in the order of the file. Never throws for what the file says.
// Paths in it that are not absolute begin at the file's directory, those of a text at `directory`.
Loaded load_file(const std::string& path, const Vocabulary& vocabulary, const Environment& environment);
Loaded load_text(const std::string& yaml, const Vocabulary& vocabulary, const Environment& environment,
                 const std::string& directory = ".");

}  // namespace pointsman::config
