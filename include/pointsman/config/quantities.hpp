#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/base/clock.hpp"

// Amounts as the file writes them. None where the text is anything else, or out of range.
namespace pointsman::config {

std::optional<std::uint64_t> parse_whole_number(std::string_view text);

// A whole number and ms, s, m, h or d; at most a year.
std::optional<Milliseconds> parse_duration(std::string_view text);

// Bytes: a whole number, alone or with KiB, MiB, GiB or TiB; at most 1024 TiB.
std::optional<std::uint64_t> parse_size(std::string_view text);

// 0% to 100%, as a fraction.
std::optional<double> parse_percent(std::string_view text);

}  // namespace pointsman::config
