#include "pointsman/config/quantities.hpp"

#include <array>
#include <charconv>

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

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_amount(text, sizes, largest_size); }

std::optional<double> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const auto number = parse_whole_number(text.substr(0, text.size() - 1));
  if (!number || *number > 100) return std::nullopt;
  return static_cast<double>(*number) / 100.0;
}

}  // namespace pointsman::config
