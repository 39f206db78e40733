#include "pointsman/observe/trace_context.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "pointsman/base/hexadecimal.hpp"

namespace pointsman::observe {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags
constexpr std::size_t trace_at = 3;
constexpr std::size_t span_at = 36;
constexpr std::size_t flags_at = 53;
constexpr std::size_t size_of_version_00 = 55;
constexpr std::uint8_t flag_sampled = 1;
constexpr std::uint8_t invalid_version = 0xff;

// False: there is something else in it than digits and small letters.
bool read(std::string_view digits, std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = hexadecimal_digits.find(digits[2 * i]);
    const auto low = hexadecimal_digits.find(digits[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

void write(std::uint64_t word, std::span<std::uint8_t, 8> bytes) {
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(word >> 56);
    word <<= 8;
  }
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view value) {
  if (value.size() < size_of_version_00) return std::nullopt;
  if (value[trace_at - 1] != '-' || value[span_at - 1] != '-' || value[flags_at - 1] != '-') return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  TraceContext context;
  const bool is_read = read(value, version) && read(value.substr(trace_at), context.trace) &&
                       read(value.substr(span_at), context.span) && read(value.substr(flags_at), flags);
  if (!is_read || version[0] == invalid_version || is_zero(context.trace) || is_zero(context.span)) return std::nullopt;
  const bool has_more = value.size() > size_of_version_00;
  if (has_more && (version[0] == 0 || value[size_of_version_00] != '-')) return std::nullopt;
  context.sampled = (flags[0] & flag_sampled) != 0;
  return context;
}

std::string traceparent(const TraceContext& context) {
  return "00-" + hexadecimal(context.trace) + "-" + hexadecimal(context.span) + (context.sampled ? "-01" : "-00");
}

TraceIds::TraceIds() : origin_(random_word()) {}

// Never 0, which is no id.
std::uint64_t TraceIds::next() {
  std::uint64_t word = 0;
  while (word == 0) word = words_.next();
  return word;
}

TraceId TraceIds::next_trace() {
  TraceId id{};
  write(origin_, std::span(id).first<8>());
  write(next(), std::span(id).last<8>());
  return id;
}

SpanId TraceIds::next_span() {
  SpanId id{};
  write(next(), std::span<std::uint8_t, 8>(id));
  return id;
}

// By the end of the id, which is the part that others make at random as well (level 2 of the specification).
bool is_sampled(const TraceId& trace, double share) {
  if (share >= 1) return true;
  std::uint64_t word = 0;
  for (const auto byte : std::span(trace).last<7>()) word = word << 8 | byte;
  return std::ldexp(static_cast<double>(word), -56) < share;
}

}  // namespace pointsman::observe
