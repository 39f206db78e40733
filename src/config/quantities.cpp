#include "pointsman/config/quantities.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace pointsman::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> times{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 5> sizes{
    {{"", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}}};

constexpr std::uint64_t longest_duration = 365 * 86'400'000ull;
constexpr std::uint64_t largest_size = 1ull << 50;

template <std::size_t count>
std::optional<std::uint64_t> parse_amount(std::string_view text, const std::array<Unit, count>& units,
                                          std::uint64_t most) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_whole_number(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const auto& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    if (*number > most / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
  const auto amount = parse_amount(text, times, longest_duration);
  if (!amount) return std::nullopt;
  return Milliseconds(static_cast<Milliseconds::rep>(*amount));
}

std::optional<std::chrono::days> parse_days(std::string_view text) {
  constexpr std::array<Unit, 2> units{{{"d", 1}, {"y", 365}}};
  const auto amount = parse_amount(text, units, 36'500);
  if (!amount || *amount == 0) return std::nullopt;
  return std::chrono::days(*amount);
}

std::optional<double> parse_share(std::string_view text) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const bool is_share = failure == std::errc() && end == text.data() + text.size() && number >= 0 && number <= 1;
  return is_share ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_amount(text, sizes, largest_size); }

std::optional<WallTime> parse_time(std::string_view text) {
  constexpr std::string_view pattern = "0000-00-00T00:00:00Z";
  constexpr std::size_t day_size = 10;
  if (text.size() != pattern.size() && text.size() != day_size) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (pattern[i] == '0' ? !is_digit : text[i] != pattern[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t size) {
    return text.size() > at ? static_cast<int>(*parse_whole_number(text.substr(at, size))) : 0;
  };
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2))));
  const std::chrono::hours hours(number(11, 2));
  const std::chrono::minutes minutes(number(14, 2));
  const std::chrono::seconds seconds(number(17, 2));
  if (!day.ok() || hours.count() > 23 || minutes.count() > 59 || seconds.count() > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(day)) + hours + minutes + seconds;
}

std::string text_of(WallTime time) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - midnight));
  std::array<char, 32> text{};
  const auto size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                                  static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                                  static_cast<unsigned>(day.day()), static_cast<int>(clock.hours().count()),
                                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return {text.data(), std::min<std::size_t>(static_cast<std::size_t>(std::max(size, 0)), text.size() - 1)};
}

std::optional<double> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const auto number = parse_whole_number(text.substr(0, text.size() - 1));
  if (!number || *number > 100) return std::nullopt;
  return static_cast<double>(*number) / 100.0;
}

}  // namespace pointsman::config
