#include "pointsman/config/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <tuple>

#include "pointsman/config/document.hpp"
#include "pointsman/config/file.hpp"
#include "pointsman/config/settings_section.hpp"
#include "pointsman/config/unlisted_models.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {
namespace {

Loaded unreadable(std::string message, bool is_missing = false) {
  Loaded loaded;
  loaded.is_missing = is_missing;
  loaded.problems.push_back(error_at({}, std::move(message)));
  return loaded;
}

std::string explain(const std::string& path, const Error& error) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) {
    return "this is a directory; name the file in it, such as " +
           (std::filesystem::path(path) / "pointsman.yaml").string();
  }
  switch (error.code) {
    case ErrorCode::not_found:
      return "there is no such file; write one, such as `endpoints: [{name: gpu, url: \"http://127.0.0.1:8000\"}]` "
             "(the "
             "example config/pointsman.yaml has all settings), or start without --config to serve what runs on this "
             "machine";
    case ErrorCode::too_large: return "the file is too large: " + error.message;
    default: break;
  }
  const bool is_forbidden = ::access(path.c_str(), R_OK) != 0 && errno == EACCES;
  return "the file cannot be read: " + error.message +
         (is_forbidden ? "; let the user who runs pointsman read it, and the directories that lead to it" : "");
}

void put_in_order_of_the_file(std::vector<Problem>& problems) {
  std::sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column, a.message) < std::tie(b.line, b.column, b.message);
  });
}

}  // namespace

bool Loaded::ok() const {
  return std::none_of(problems.begin(), problems.end(),
                      [](const Problem& problem) { return problem.severity == Problem::Severity::error; });
}

Loaded load_file(const std::string& path, const Vocabulary& vocabulary, const Environment& environment) {
  const auto content = read_file(path, largest_file);
  if (!content) return unreadable(explain(path, content.error()), content.error().code == ErrorCode::not_found);
  return load_text(*content, vocabulary, environment, std::filesystem::path(path).parent_path().string());
}

Loaded load_text(const std::string& yaml, const Vocabulary& vocabulary, const Environment& environment,
                 const std::string& directory) {
  if (yaml.size() > largest_file)
    return unreadable("the text is larger than " + std::to_string(largest_file) + " bytes");
  auto document = read_document(yaml);
  Loaded loaded;
  Reading reading{vocabulary, environment, directory, std::move(document.problems)};
  read_settings(Value(reading, document.root, ""), loaded.settings);
  warn_of_unlisted_models(document.root, loaded.settings, reading);
  put_in_order_of_the_file(reading.problems);
  loaded.problems = std::move(reading.problems);
  loaded.files = std::move(reading.files);
  loaded.keys = std::move(reading.keys);
  return loaded;
}

}  // namespace pointsman::config
