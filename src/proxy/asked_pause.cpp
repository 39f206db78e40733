#include "pointsman/proxy/asked_pause.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "pointsman/http/date.hpp"

namespace pointsman::proxy {
namespace {

// Nobody waits longer than that, whatever is asked for.
constexpr Milliseconds most = std::chrono::hours(24);

std::optional<Milliseconds> pause_of(std::optional<std::string_view> written, double unit_ms) {
  if (!written) return std::nullopt;
  double number = 0;
  const auto* end = written->data() + written->size();
  const auto [read, error] = std::from_chars(written->data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || read != end || !std::isfinite(number) || number < 0) return std::nullopt;
  return Milliseconds(
      static_cast<Milliseconds::rep>(std::min(std::ceil(number * unit_ms), static_cast<double>(most.count()))));
}

std::optional<Milliseconds> pause_until(std::optional<std::string_view> written, WallTime now) {
  const auto date = written ? http::parse_date(*written, now) : std::nullopt;
  if (!date) return std::nullopt;
  return std::clamp(*date - now, Milliseconds(0), most);
}

}  // namespace

std::optional<Milliseconds> asked_pause(const http::ResponseHead& head, WallTime now) {
  if (const auto pause = pause_of(head.fields.find("retry-after-ms"), 1)) return pause;
  const auto written = head.fields.find("retry-after");
  if (const auto pause = pause_of(written, 1'000)) return pause;
  return pause_until(written, now);
}

}  // namespace pointsman::proxy
