#include "pointsman/traces/collector_answer.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "pointsman/config/quantities.hpp"
#include "pointsman/http/date.hpp"

namespace pointsman::traces {
namespace {

using Kind = CollectorAnswer::Kind;
using Json = nlohmann::json;

constexpr std::array may_be_tried_again{429, 502, 503, 504};
constexpr Milliseconds longest_pause{5 * 60'000};
constexpr std::size_t shown_text = 200;

std::optional<Milliseconds> asked_pause(std::string_view retry_after, WallTime now) {
  if (const auto seconds = config::parse_whole_number(retry_after)) {
    return Milliseconds(std::min<std::uint64_t>(*seconds, longest_pause / std::chrono::seconds(1)) * 1'000);
  }
  const auto date = http::parse_date(retry_after, now);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, Milliseconds(0), longest_pause);
}

// An int64, which JSON has as a string or as a number; anything else says nothing.
std::uint64_t count_of(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  const auto* text = value.get_ptr<const std::string*>();
  return text == nullptr ? 0 : config::parse_whole_number(*text).value_or(0);
}

void read_partial_success(const std::string& body, CollectorAnswer& answer) {
  const auto parsed = Json::parse(body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("partialSuccess")) return;
  const auto& partial = parsed["partialSuccess"];
  if (!partial.is_object() || !partial.contains("rejectedSpans")) return;
  answer.rejected = count_of(partial["rejectedSpans"]);
  if (answer.rejected == 0) return;
  answer.cause = "it took some of the spans only";
  const auto message = partial.find("errorMessage");
  if (message != partial.end() && message->is_string()) {
    answer.cause += ": " + probe::excerpt(message->get<std::string>(), shown_text);
  }
}

std::string_view words_of(probe::Failure failure) {
  using probe::Failure;
  switch (failure) {
    case Failure::none: break;
    case Failure::unresolved: return "its name does not resolve";
    case Failure::refused: return "nothing listens there";
    case Failure::unreachable: return "there is no way to it";
    case Failure::timed_out: return "it did not answer in time";
    case Failure::no_tls: return "it said no word of TLS in time; perhaps it does not speak TLS";
    case Failure::certificate: return "its certificate is not to be trusted; name its authority as traces.ca_file";
    case Failure::wrong_name: return "its certificate is for another name; write that in traces.collector";
    case Failure::tls: return "TLS failed";
    case Failure::broken: return "it broke the connection";
    case Failure::not_http: return "it does not speak HTTP/1.1; OTLP over HTTP mostly is at port 4318";
    case Failure::too_large: return "its answer is too large";
    case Failure::stopped: return "it could not be asked";
  }
  return "";
}

}  // namespace

CollectorAnswer judge(const probe::Observation& seen, WallTime now) {
  CollectorAnswer answer;
  if (!seen.answered()) {
    answer.kind = Kind::later;
    answer.cause = std::string(words_of(seen.failure)) + (seen.trouble.empty() ? "" : ": " + seen.trouble);
    return answer;
  }
  if (seen.status / 100 == 2) {
    read_partial_success(seen.body, answer);
    return answer;
  }
  const bool is_later = std::ranges::find(may_be_tried_again, seen.status) != may_be_tried_again.end();
  answer.kind = is_later ? Kind::later : Kind::refused;
  answer.cause = "it answered " + std::to_string(seen.status);
  const auto said = probe::excerpt(seen.body, shown_text);
  if (!said.empty()) answer.cause += ": " + said;
  if (is_later) answer.asked = asked_pause(seen.header("retry-after"), now);
  return answer;
}

}  // namespace pointsman::traces
