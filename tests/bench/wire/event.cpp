#include "wire/event.hpp"

#include <array>
#include <span>

namespace pointsman::bench {
namespace {

constexpr std::string_view begin =
    R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench",)"
    R"("choices":[{"index":0,"delta":{"content":")";
constexpr std::string_view end = "\"},\"finish_reason\":null}]}\n\n";
constexpr std::size_t time_digits = 16;
constexpr std::size_t number_digits = 8;
constexpr std::uint8_t no_digit = 0x80;
constexpr std::size_t size = begin.size() + time_digits + 1 + number_digits + end.size();

void write_hexadecimal(std::uint64_t value, std::span<char> digits) {
  for (std::size_t i = digits.size(); i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
}

// By a table: this is done for every event.
constexpr auto digit_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::uint8_t i = 0; i < 16; ++i) values[static_cast<unsigned char>("0123456789abcdef"[i])] = i;
  return values;
}();

std::optional<std::uint64_t> read_hexadecimal(std::string_view digits) {
  std::uint64_t value = 0;
  std::uint8_t seen = 0;
  for (const char digit : digits) {
    const auto digit_value = digit_values[static_cast<unsigned char>(digit)];
    seen |= digit_value;
    value = value << 4 | digit_value;
  }
  return (seen & no_digit) == 0 ? std::optional(value) : std::nullopt;
}

std::string size_line() {
  std::string digits(3, '0');
  write_hexadecimal(size, digits);
  return digits + "\r\n";
}

}  // namespace

std::size_t event_size() { return size; }

std::optional<Stamp> read_event(std::string_view event) {
  if (event.size() != size || !event.starts_with(begin) || !event.ends_with(end)) return std::nullopt;
  const auto stamp = event.substr(begin.size(), time_digits + 1 + number_digits);
  const auto sent = read_hexadecimal(stamp.substr(0, time_digits));
  const auto number = read_hexadecimal(stamp.substr(time_digits + 1));
  if (!sent || !number) return std::nullopt;
  return Stamp{static_cast<std::int64_t>(*sent), static_cast<std::uint32_t>(*number)};
}

ChunkedEvents::ChunkedEvents(std::size_t count) : count_(count) {
  const std::string stamp(time_digits + 1 + number_digits, '-');
  for (std::size_t i = 0; i < count; ++i) {
    chunks_.append(size_line()).append(begin).append(stamp).append(end).append("\r\n");
  }
}

std::string_view ChunkedEvents::stamped(std::int64_t sent, std::uint32_t first) {
  const auto step = chunks_.size() / count_;
  char* stamp = chunks_.data() + size_line().size() + begin.size();
  for (std::size_t i = 0; i < count_; ++i, stamp += step) {
    write_hexadecimal(static_cast<std::uint64_t>(sent), {stamp, time_digits});
    write_hexadecimal(first + i, {stamp + time_digits + 1, number_digits});
  }
  return chunks_;
}

}  // namespace pointsman::bench
