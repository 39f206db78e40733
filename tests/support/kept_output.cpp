#include "support/kept_output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "support/child_process.hpp"

namespace pointsman::test {
namespace {

// Shorter runs of characters in a file say nothing.
constexpr std::size_t shortest_run = 5;
constexpr Milliseconds patience{20'000};
// No key stands deeper in a request.
constexpr std::size_t longest_head = 16 * 1024;

class Kept {
 public:
  static Kept& instance() {
    static Kept kept;
    return kept;
  }

  void add_output(std::string_view source, std::string_view text) {
    if (directory_.empty()) return;
    const std::scoped_lock lock(mutex_);
    append("output", "== " + std::string(source) + "\n" + std::string(text) + "\n");
  }
  void add_secret(std::string_view kind, std::string_view secret) {
    if (directory_.empty() || secret.empty()) return;
    const std::scoped_lock lock(mutex_);
    const auto line = std::string(kind) + " " + std::string(secret) + "\n";
    if (secrets_.insert(line).second) append("secrets", line);
  }
  bool is_kept() const { return !directory_.empty(); }

 private:
  Kept() {
    if (const char* const directory = std::getenv("POINTSMAN_TEST_OUTPUT")) directory_ = directory;
  }

  void append(const std::string& extension, const std::string& text) const {
    std::ofstream(directory_ / (std::to_string(::getpid()) + "." + extension), std::ios::binary | std::ios::app)
        << text;
  }

  std::filesystem::path directory_;
  std::mutex mutex_;
  std::set<std::string> secrets_;
};

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// What stands behind each of the words, up to a space, a quote or the end of a value.
std::vector<std::string> values_behind(std::string_view text, std::string_view word) {
  std::vector<std::string> values;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    auto rest = text.substr(at + word.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\"'"), rest.size()));
    const bool is_variable = rest.starts_with("${");
    values.emplace_back(rest.substr(0, rest.find_first_of(is_variable ? "}" : " \t\r\n,\"'}")));
  }
  return values;
}

}  // namespace

bool is_output_kept() { return Kept::instance().is_kept(); }

void keep_output(std::string_view source, std::string_view text) { Kept::instance().add_output(source, text); }

void keep_file(const std::filesystem::path& file) {
  if (!is_output_kept()) return;
  // Read by somebody else: whoever closes a database's file gives up the locks that its process has on it.
  ChildProcess reader({"/bin/cat", file.string()}, {});
  reader.wait_for_exit(patience);
  const auto content = reader.output();
  std::string readable;
  std::string run;
  for (const char byte : content) {
    if (std::isprint(static_cast<unsigned char>(byte)) != 0) {
      run += byte;
      continue;
    }
    if (run.size() >= shortest_run) readable += run + "\n";
    run.clear();
  }
  keep_output(file.string(), readable + run);
}

void keep_secret(std::string_view secret) { Kept::instance().add_secret("given", secret); }

void keep_secrets_of_file(std::string_view yaml, const std::map<std::string, std::string>& environment) {
  if (!is_output_kept()) return;
  for (const std::string word : {" key:", "{key:", "api_key:"}) {
    for (const auto& value : values_behind(yaml, word)) {
      const auto variable = value.starts_with("${") ? environment.find(value.substr(2)) : environment.end();
      if (variable != environment.end()) keep_secret(variable->second);
      // That of a certificate is a file.
      if (value.find_first_of("$/") == std::string::npos) keep_secret(value);
    }
  }
  for (const auto& file : values_behind(yaml, "key_file:")) {
    const auto content = content_of(file);
    keep_secret(content.substr(0, content.find_first_of(" \r\n")));
  }
}

void keep_secrets_of_request(std::string_view bytes) {
  if (!is_output_kept()) return;
  const std::string head(bytes.substr(0, longest_head));
  std::string lower = head;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const std::string word : {"authorization: bearer ", "x-api-key: ", "openai-insecure-api-key."}) {
    for (auto at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      const auto value = head.substr(at + word.size());
      Kept::instance().add_secret("presented", value.substr(0, value.find_first_of(" \t\r\n,")));
    }
  }
}

}  // namespace pointsman::test
