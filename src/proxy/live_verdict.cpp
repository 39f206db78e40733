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

// The members of an error itself, up to the first value that has members of its own: that may be what a client sent.
std::string_view error_members(std::string_view body) {
  for (const std::string_view opening : {"{\"error\":{", "{\"object\":\"error\",", "{"}) {
    if (!body.starts_with(opening)) continue;
    body.remove_prefix(opening.size() - 1);
    return body.substr(0, body.find_first_of("{[", 1));
  }
  return "";
}

// How servers answer for a route that they do not have (docs/detection.md), compact. A 404 of other words may be about
// a model, a response or a file. What a server repeats of a request has its quotation marks escaped in JSON, so that no
// client can make up a member of it.
bool is_of_a_missing_route(std::string_view body, bool whole_body) {
  constexpr std::array whole{"", "notfound", "404pagenotfound", "{\"detail\":\"notfound\"}",
                             "{\"error\":\"notfound\"}"};
  if (whole_body && std::ranges::find(whole, body) != whole.end()) return true;
  constexpr std::array beginnings{"{\"error\":\"not_found\",\"", "{\"error\":\"unexpectedendpointor", "cannotpost/"};
  const auto begins_body = [&](std::string_view each) { return body.starts_with(each); };
  if (std::ranges::any_of(beginnings, begins_body)) return true;
  constexpr std::array members{"\"message\":\"filenotfound\"", "\"message\":\"notfound\"",
                               "\"message\":\"therequestedendpointdoesnotexist", "\"message\":\"invalidurl(post/"};
  const auto error = error_members(body);
  return std::ranges::any_of(members, [&](std::string_view each) { return error.find(each) != error.npos; });
}

// What "does not support ..." goes on with where it speaks of the API itself.
constexpr std::string_view own_word(Api api) {
  switch (api) {
    case Api::chat_completions: return "chat";
    case Api::completions: return "completion";
    case Api::responses: return "response";
    case Api::embeddings: return "embedding";
    case Api::responses_input_tokens: return "inputtokens";
    case Api::responses_compact: return "compact";
    case Api::moderations: return "moderation";
    case Api::rerank: return "rerank";
    case Api::tokenize: return "tokeniz";
    case Api::detokenize: return "detokeniz";
    case Api::audio_speech: return "speech";
    case Api::audio_transcriptions: return "transcription";
    case Api::audio_translations: return "translation";
    case Api::images_generations: return "imagegeneration";
    case Api::images_edits: return "imageedit";
    case Api::images_variations: return "imagevariation";
    case Api::messages: return "messages";
    case Api::messages_count_tokens: return "counttokens";
    case Api::conversations: return "conversation";
    case Api::responses_websocket: return "websocket";
    case Api::realtime: return "realtime";
  }
  return "";
}

// Whether the answer's message is, from its first word, that the model or the server does not support this API.
bool denies(std::string_view body, Api api, std::string_view model) {
  const std::string_view error = error_members(body);
  const std::string name = compact(model);
  for (const std::string_view member : {"\"message\":\"", "\"error\":\""}) {
    const auto at = error.find(member);
    if (at == std::string_view::npos) continue;
    const auto message = error.substr(at + member.size());
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
  const auto error = error_members(body);
  return error.find("\"type\":\"not_supported_error\"") != error.npos ||
         error.find("\"code\":\"unsupported_api\"") != error.npos;
}

// Some servers answer 200 whatever it is.
bool is_an_error(std::string_view first) {
  while (!first.empty() && is_space(first.front())) first.remove_prefix(1);
  return first.starts_with("{\"error\"") || first.starts_with("{\"object\":\"error\"");
}

// JSON or events, and no page of something in between.
bool is_an_answer(std::string_view body) {
  const bool is_json = body.starts_with("{\"") && !body.starts_with("{\"detail\"");
  return is_json || body.starts_with("data:") || (body.starts_with("event:") && !body.starts_with("event:error"));
}

}  // namespace

bool may_tell(int status, std::string_view first) {
  return status == 400 || status == 404 || status == 501 || (status == 200 && is_an_error(first));
}

std::optional<LiveVerdict> live_verdict(Api api, std::string_view model, Verdict known, const LiveAnswer& answer) {
  constexpr LiveVerdict works{Verdict::yes, false};
  constexpr LiveVerdict missing{Verdict::no, true};
  constexpr LiveVerdict not_with_this_model{Verdict::no, false};
  const auto& [status, beginning, whole] = answer;
  const std::string body = compact(beginning);
  if (status == 200 && !is_an_error(body)) {
    const bool is_ours = known == Verdict::unknown && is_an_answer(body);
    return is_ours ? std::optional(works) : std::nullopt;
  }
  if (status == 405) return missing;
  const bool may_be_missing = status == 404 || (status == 200 && !body.empty());
  if (may_be_missing && is_of_a_missing_route(body, whole)) return missing;
  if (status == 501 && says_not_supported(body)) return not_with_this_model;
  const bool may_deny = status == 400 || status == 501 || status == 200;
  return may_deny && denies(body, api, model) ? std::optional(not_with_this_model) : std::nullopt;
}

}  // namespace pointsman::proxy
