#include "pointsman/proxy/live_verdict.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace pointsman::proxy {
namespace {

using registry::Api;
using registry::Verdict;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// In lower case and without any space, so that it does not matter how JSON was set out.
std::string compact(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (!is_space(c)) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

// How servers answer for a route that they do not have (docs/detection.md), compact. A 404 of other words may be about
// a model, a response or a file. What a server repeats of a request has its quotation marks escaped in JSON, so that no
// client can make up a member of it.
bool is_of_a_missing_route(std::string_view body) {
  constexpr std::array whole{"", "notfound", "404pagenotfound", "{\"detail\":\"notfound\"}"};
  if (std::ranges::find(whole, body) != whole.end()) return true;
  constexpr std::array beginnings{"{\"error\":\"not_found\",\"", "{\"error\":\"unexpectedendpointor", "cannotpost/"};
  const auto begins_body = [&](std::string_view each) { return body.starts_with(each); };
  if (std::ranges::any_of(beginnings, begins_body)) return true;
  constexpr std::array members{"\"message\":\"filenotfound\"", "\"message\":\"therequestedendpointdoesnotexist",
                               "\"message\":\"invalidurl("};
  const auto is_member = [&](std::string_view each) { return body.find(each) != std::string_view::npos; };
  return body.starts_with('{') && std::ranges::any_of(members, is_member);
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

// Whether the answer's message is, from its first word, that the model or the server does not support this API.
bool denies(std::string_view body, Api api, std::string_view model) {
  if (!body.starts_with('{')) return false;
  const std::string name = compact(model);
  for (const std::string_view member : {"\"message\":\"", "\"error\":\""}) {
    const auto at = body.find(member);
    if (at == std::string_view::npos) continue;
    const auto message = body.substr(at + member.size());
    for (const std::string& who :
         {"\\\"" + name + "\\\"", name, std::string("themodel"), std::string("thismodel"), std::string("thisserver")}) {
      const std::string denial = who + "doesnotsupport";
      if (!message.starts_with(denial)) continue;
      auto what = message.substr(denial.size());
      if (what.starts_with("the")) what.remove_prefix(3);
      if (what.starts_with(own_word(api)) || (api == Api::completions && what.starts_with("generate"))) return true;
    }
  }
  return false;
}

// In the type or code of an error, which no server fills in from a request.
bool says_not_supported(std::string_view body) {
  return body.starts_with('{') && (body.find("\"type\":\"not_supported_error\"") != std::string_view::npos ||
                                   body.find("\"code\":\"unsupported_api\"") != std::string_view::npos);
}

// Some servers answer 200 whatever it is.
bool is_an_error(std::string_view first) {
  while (!first.empty() && is_space(first.front())) first.remove_prefix(1);
  return first.starts_with("{\"error\"") || first.starts_with("{\"object\":\"error\"");
}

}  // namespace

bool may_tell(int status, std::string_view first) {
  return status == 400 || status == 404 || status == 501 || (status == 200 && is_an_error(first));
}

std::optional<LiveVerdict> live_verdict(Api api, std::string_view model, Verdict known, int status,
                                        std::string_view beginning) {
  constexpr LiveVerdict works{Verdict::yes, false};
  constexpr LiveVerdict missing{Verdict::no, true};
  constexpr LiveVerdict not_with_this_model{Verdict::no, false};
  const bool is_error = status != 200 || is_an_error(beginning);
  if (!is_error) return known == Verdict::unknown ? std::optional(works) : std::nullopt;
  if (status == 405) return missing;
  const std::string body = compact(beginning);
  if ((status == 404 || (status == 200 && !body.empty())) && is_of_a_missing_route(body)) return missing;
  if (status == 501 && says_not_supported(body)) return not_with_this_model;
  const bool may_deny = status == 400 || status == 501 || status == 200;
  return may_deny && denies(body, api, model) ? std::optional(not_with_this_model) : std::nullopt;
}

}  // namespace pointsman::proxy
