#include "pointsman/proxy/error_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace pointsman::proxy {
namespace {

std::string lower(std::string_view text) {
  std::string result(text.substr(0, searched_text));
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// Whether a letter on either side of a name makes it a part of another one.
bool goes_on(char c) {
  constexpr std::string_view others = "-_/:@";
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || others.find(c) != others.npos;
}

bool has_name(std::string_view text, std::string_view name) {
  if (name.empty()) return false;
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    const auto end = at + name.size();
    if ((at == 0 || !goes_on(text[at - 1])) && (end == text.size() || !goes_on(text[end]))) return true;
  }
  return false;
}

}  // namespace

bool blames_model(std::string_view body, std::string_view model) {
  const std::string text = lower(body);
  if (has_name(text, lower(model))) return true;
  constexpr std::array failures{"failed to load", "fail to load",   "error loading",   "unable to load",
                                "could not load", "cannot load",    "failed to start", "failed to initialize",
                                "llama runner",   "loading failed", "model failed"};
  return has(text, "model") && std::ranges::any_of(failures, [&](auto each) { return has(text, each); });
}

bool says_too_long(std::string_view body) {
  const std::string text = lower(body);
  constexpr std::array codes{"context_length_exceeded", "exceed_context_size_error", "maximum context length",
                             "exceeds the available context size"};
  if (std::ranges::any_of(codes, [&](auto each) { return has(text, each); })) return true;
  return has(text, "context length") && (has(text, "longer than") || has(text, "exceed"));
}

}  // namespace pointsman::proxy
