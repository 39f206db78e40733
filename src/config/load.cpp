#include "pointsman/config/load.hpp"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "pointsman/config/document.hpp"
#include "pointsman/config/file.hpp"
#include "pointsman/config/settings_section.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {
namespace {

constexpr std::size_t largest_file = 1 << 20;

Loaded unreadable(std::string message) {
  Loaded loaded;
  loaded.problems.push_back(error_at({}, std::move(message)));
  return loaded;
}

std::string explain(const Error& error) {
  switch (error.code) {
    case ErrorCode::not_found:
      return "there is no such file; write one, after the example config/pointsman.yaml, or start without --config to "
             "serve what runs on this machine";
    case ErrorCode::too_large: return "the file is too large: " + error.message;
    default: return "the file cannot be read: " + error.message;
  }
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
  if (!content) return unreadable(explain(content.error()));
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
  put_in_order_of_the_file(reading.problems);
  loaded.problems = std::move(reading.problems);
  return loaded;
}

}  // namespace pointsman::config
