#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"

// Amounts as the file writes them. None where the text is anything else, or out of range.
namespace pointsman::config {

// Of requests or tokens in a time.
inline constexpr std::uint64_t largest_amount = 1'000'000'000'000'000;

std::optional<std::uint64_t> parse_whole_number(std::string_view text);

// A whole number and ms, s, m, h or d; at most a year.
std::optional<Milliseconds> parse_duration(std::string_view text);

// A whole number of days or years (365 days), at least one day and at most 100 years: 30d, 2y.
std::optional<std::chrono::days> parse_days(std::string_view text);

// A number from 0 to 1.
std::optional<double> parse_share(std::string_view text);

// Bytes: a whole number, alone or with KiB, MiB, GiB or TiB; at most 1024 TiB.
std::optional<std::uint64_t> parse_size(std::string_view text);

// A day, 2027-01-31, which is its first moment, or a time, 2027-01-31T12:00:00Z (RFC 3339); in UTC.
std::optional<WallTime> parse_time(std::string_view text);
// The same the other way round: the time.
std::string text_of(WallTime time);

// 0% to 100%, as a fraction.
std::optional<double> parse_percent(std::string_view text);

}  // namespace pointsman::config
