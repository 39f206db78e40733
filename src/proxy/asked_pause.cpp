#include "pointsman/proxy/asked_pause.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pointsman::proxy {
namespace {

// Nobody waits longer than that, whatever is asked for.
constexpr double most_ms = 24.0 * 60 * 60 * 1000;

std::optional<Milliseconds> pause_of(std::optional<std::string_view> written, double unit_ms) {
  if (!written) return std::nullopt;
  double number = 0;
  const auto* end = written->data() + written->size();
  const auto [read, error] = std::from_chars(written->data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || read != end || !std::isfinite(number) || number < 0) return std::nullopt;
  return Milliseconds(static_cast<Milliseconds::rep>(std::min(std::ceil(number * unit_ms), most_ms)));
}

}  // namespace

std::optional<Milliseconds> asked_pause(const http::ResponseHead& head) {
  if (const auto pause = pause_of(head.fields.find("retry-after-ms"), 1)) return pause;
  return pause_of(head.fields.find("retry-after"), 1'000);
}

}  // namespace pointsman::proxy
