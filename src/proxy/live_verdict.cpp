#include "pointsman/proxy/live_verdict.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace pointsman::proxy {
namespace {

using registry::Api;
using registry::Verdict;

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view without_spaces(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// How servers answer for a route that they do not have (docs/detection.md), in lower case. A 404 of other words may be
// about a model, a response or a file.
bool is_of_a_missing_route(std::string_view body) {
  body = without_spaces(body);
  if (body.empty() || body == "not found") return true;
  constexpr std::array words{"404 page not found",
                             "{\"detail\":\"not found\"}",
                             "file not found",
                             "the requested endpoint does not exist",
                             "unexpected endpoint or",
                             "invalid url (",
                             "\"error\":\"not_found\",\"",
                             "cannot post /"};
  return std::ranges::any_of(words, [&](std::string_view each) { return body.find(each) != std::string_view::npos; });
}

// What "does not support ..." goes on with where it speaks of the API itself.
constexpr std::string_view own_word(Api api) {
  switch (api) {
    case Api::chat_completions: return "chat";
    case Api::completions: return "completion";
    case Api::responses: return "response";
    case Api::embeddings: return "embedding";
  }
  return "";
}

bool denies(std::string_view body, Api api) {
  constexpr std::string_view denial = "does not support ";
  const auto at = body.find(denial);
  if (at == std::string_view::npos) return false;
  auto rest = body.substr(at + denial.size());
  for (const std::string_view article : {"the ", "\\\"", "`", "'"}) {
    if (rest.starts_with(article)) rest.remove_prefix(article.size());
  }
  return rest.starts_with(own_word(api)) || (api == Api::completions && rest.starts_with("generate"));
}

// Some servers answer 200 whatever it is.
bool is_an_error(std::string_view first) {
  first = without_spaces(first);
  return first.starts_with("{\"error\"") || first.starts_with("{\"object\":\"error\"");
}

}  // namespace

bool may_tell(int status, std::string_view first) {
  return status == 400 || status == 404 || status == 501 || (status == 200 && is_an_error(first));
}

std::optional<LiveVerdict> live_verdict(Api api, Verdict known, int status, std::string_view beginning) {
  const std::string body = lower_case(beginning);
  switch (status) {
    case 404: return is_of_a_missing_route(body) ? std::optional(LiveVerdict{Verdict::no, true}) : std::nullopt;
    case 405: return LiveVerdict{Verdict::no, true};
    case 501: return LiveVerdict{Verdict::no, false};
    case 400: return denies(body, api) ? std::optional(LiveVerdict{Verdict::no, false}) : std::nullopt;
    case 200: break;
    default: return std::nullopt;
  }
  if (!is_an_error(beginning)) {
    return known == Verdict::unknown ? std::optional(LiveVerdict{Verdict::yes, false}) : std::nullopt;
  }
  if (body.find("unexpected endpoint or") != std::string::npos) return LiveVerdict{Verdict::no, true};
  return denies(body, api) ? std::optional(LiveVerdict{Verdict::no, false}) : std::nullopt;
}

}  // namespace pointsman::proxy
