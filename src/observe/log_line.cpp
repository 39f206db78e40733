#include "pointsman/observe/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iterator>

#include "pointsman/base/decimal.hpp"
#include "pointsman/base/json_string.hpp"
#include "pointsman/base/utf8.hpp"

namespace pointsman::observe {
namespace {

// Longer strings are cut: a queue of lines is only bounded if each of them is.
constexpr std::size_t max_string_size = 2048;
constexpr std::string_view cut_mark = " [cut]";

std::string_view cut(std::string_view text, std::string& storage) {
  if (text.size() <= max_string_size) return text;
  storage = text.substr(0, max_string_size);
  storage += cut_mark;
  return storage;
}

template <std::size_t digits>
void append_digits(std::string& out, std::uint64_t number) {
  std::array<char, digits> text;
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number /= 10)
    *digit = static_cast<char>('0' + number % 10);
  out.append(text.data(), text.size());
}

// RFC 3339 in UTC, with milliseconds. By hand, as there is one in every access line.
void append_time(std::string& out, WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto of_day = static_cast<std::uint64_t>((time - day).count());
  append_digits<4>(out, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  out += '-';
  append_digits<2>(out, static_cast<unsigned>(date.month()));
  out += '-';
  append_digits<2>(out, static_cast<unsigned>(date.day()));
  out += 'T';
  append_digits<2>(out, of_day / 3'600'000);
  out += ':';
  append_digits<2>(out, of_day / 60'000 % 60);
  out += ':';
  append_digits<2>(out, of_day / 1000 % 60);
  out += '.';
  append_digits<3>(out, of_day % 1000);
  out += 'Z';
}

void append_key(std::string& out, std::string_view key) { out.append(",\"").append(key).append("\":"); }

template <class AppendString>
void append_value(std::string& out, const Field& field, AppendString append_string) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    std::string storage;
    append_string(out, cut(*text, storage));
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    append_number(out, *integer);
  } else if (const auto* truth = std::get_if<bool>(&field.value)) {
    out += *truth ? "true" : "false";
  } else {
    const double number = std::get<double>(field.value);
    if (std::isfinite(number)) {
      fmt::format_to(std::back_inserter(out), "{}", number);
    } else {
      out += "null";
    }
  }
}

// As it is where nothing in it could be mistaken for something else, and otherwise as a JSON string.
void append_word(std::string& out, std::string_view text) {
  const auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\'; };
  if (!text.empty() && std::ranges::all_of(text, plain)) {
    out += text;
  } else {
    append_json_string(out, text);
  }
}

// Lines behind the first are set in, so that none of them looks like a line of the log.
void append_sentence(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const Utf8Character next = first_utf8_character(text);
    if (next.code_point == '\n') {
      out += "\n    ";
    } else if (is_control_character(next.code_point)) {
      append_unicode_escape(out, next.code_point);
    } else {
      out += next.code_point == 0xfffd ? std::string_view("\xef\xbf\xbd") : text.substr(0, next.size);
    }
    text.remove_prefix(next.size);
  }
}

void append_level(std::string& out, Level level, bool colour) {
  if (!colour) {
    fmt::format_to(std::back_inserter(out), "{:<7}", name(level));
    return;
  }
  const int code = level == Level::error ? 31 : level == Level::warning ? 33 : level == Level::info ? 32 : 36;
  fmt::format_to(std::back_inserter(out), "\x1b[{}m{:<7}\x1b[0m", code, name(level));
}

}  // namespace

Level level_named(std::string_view text) {
  for (const auto level : {Level::trace, Level::debug, Level::warning, Level::error}) {
    if (name(level) == text) return level;
  }
  return Level::info;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::trace: return "trace";
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

WallTime log_time() { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }

void append_json_beginning(std::string& out, const LogLine& line) {
  std::string storage;
  out += R"({"time":")";
  append_time(out, line.time);
  out += R"(","level":)";
  append_json_string(out, name(line.level));
  out += ',';
  append_json_string(out, line.kind);
  out += ':';
  append_json_string(out, cut(line.text, storage));
}

void append_json_field(std::string& out, std::string_view key, std::string_view text) {
  std::string storage;
  append_key(out, key);
  append_json_string(out, cut(text, storage));
}

void append_json_line(std::string& out, const LogLine& line) {
  append_json_beginning(out, line);
  for (const Field& field : line.fields) {
    append_key(out, field.key);
    append_value(out, field, append_json_string);
  }
  out += '}';
}

void append_text_line(std::string& out, const LogLine& line, bool colour) {
  std::string storage;
  append_time(out, line.time);
  out += ' ';
  append_level(out, line.level, colour);
  out += ' ';
  append_sentence(out, cut(line.text, storage));
  for (const Field& field : line.fields) {
    out.append(" ").append(field.key).append("=");
    append_value(out, field, append_word);
  }
}

}  // namespace pointsman::observe
