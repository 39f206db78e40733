#include "pointsman/probe/judge.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace pointsman::probe {
namespace {

using registry::Verdict;

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// A 404 that is about the model and not about the route.
bool blames_the_model(const Observation& observation) { return contains(lower_case(observation.body), "model"); }

// Whether the baseline shows how this server answers for a route that it does not have. An answer that any request gets
// (no key, too many requests, malformed JSON refused before routing) shows nothing.
bool tells_missing(const Observation& baseline) {
  const int status = baseline.status;
  if (status == 404) return !blames_the_model(baseline);
  return (status >= 200 && status < 300) || status == 405 || status == 410 || status == 501;
}

// The answer's body without the path that was asked for, which many servers repeat in it.
std::string without_path(const Observation& observation) {
  std::string body = observation.body;
  const std::string& path = observation.asked.path;
  for (auto at = body.find(path); at != std::string::npos; at = body.find(path, at)) body.erase(at, path.size());
  return body;
}

bool is_same(const Observation& seen, const Observation& baseline) {
  return seen.status == baseline.status && without_path(seen) == without_path(baseline);
}

bool complains_about_the_body(const Observation& observation) {
  const std::string body = lower_case(observation.body);
  return std::ranges::any_of(std::array{"parse", "json", "decod", "bad_input", "server_error"},
                             [&](std::string_view word) { return contains(body, word); });
}

// Some servers answer 200 whatever it is, and say in the body what is wrong.
bool denies_in_words(const Observation& observation) {
  const std::string body = lower_case(observation.body);
  return contains(body, "unexpected endpoint") || contains(body, "does not support");
}

Verdict judge_get(const Observation& seen, const Observation& baseline) {
  if (seen.status == 405 && baseline.status != 405) {
    const std::string allow = lower_case(seen.header("allow"));
    return allow.empty() || contains(allow, "post") ? Verdict::yes : Verdict::unknown;
  }
  return seen.status == 404 && baseline.status == 404 ? Verdict::no : Verdict::unknown;
}

Verdict judge_post(const Observation& seen, const Observation& baseline) {
  if (is_same(seen, baseline)) return Verdict::no;
  switch (seen.status) {
    case 400:
    case 411:
    case 415:
    case 422: return Verdict::yes;
    case 404: return blames_the_model(seen) ? Verdict::yes : Verdict::no;
    case 405:
    case 410:
    case 501: return Verdict::no;
    case 500: return complains_about_the_body(seen) ? Verdict::yes : Verdict::unknown;
    case 200: return denies_in_words(seen) ? Verdict::no : Verdict::unknown;
    default: return Verdict::unknown;
  }
}

}  // namespace

Verdict judge(const Observation& seen, const Observation& baseline) {
  if (!seen.answered() || !baseline.answered() || !tells_missing(baseline)) return Verdict::unknown;
  return seen.asked.method == "GET" ? judge_get(seen, baseline) : judge_post(seen, baseline);
}

}  // namespace pointsman::probe
