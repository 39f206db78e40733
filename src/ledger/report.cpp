#include "pointsman/ledger/report.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "pointsman/base/json_string.hpp"
#include "pointsman/base/utf8.hpp"
#include "pointsman/config/quantities.hpp"

namespace pointsman::ledger {
namespace {

using Cells = std::vector<std::string>;

struct Number {
  std::string_view name;
  std::string_view title;
  Told (*value)(const Sums&);
};

template <auto Member>
Told sum(const Sums& sums) {
  return sums.*Member;
}

constexpr std::array<Number, 9> numbers{{
    {"requests", "REQUESTS", sum<&Sums::requests>},
    {"errors", "ERRORS", sum<&Sums::errors>},
    {"input_tokens", "INPUT", sum<&Sums::input_tokens>},
    {"cached_tokens", "CACHED", sum<&Sums::cached_tokens>},
    {"output_tokens", "OUTPUT", sum<&Sums::output_tokens>},
    {"reasoning_tokens", "REASONING", sum<&Sums::reasoning_tokens>},
    {"without_usage", "NO USAGE", sum<&Sums::without_usage>},
    {"bytes_in", "BYTES IN", sum<&Sums::bytes_in>},
    {"bytes_out", "BYTES OUT", sum<&Sums::bytes_out>},
}};

std::string text(const Told& number, const std::string& if_unknown) {
  return number ? std::to_string(*number) : if_unknown;
}

struct Time {
  std::string_view name;
  std::string_view title;
  std::optional<Percentiles> UsageRow::* value;
};

constexpr std::array<Time, 2> times{{
    {"first_byte", "FIRST BYTE", &UsageRow::first_byte},
    {"duration", "DURATION", &UsageRow::duration},
}};

std::string milliseconds(std::int64_t microseconds) {
  const auto tenths = (microseconds + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// As it is where it is plain, and otherwise as a JSON string, with what is not visible escaped.
std::string shown(const std::string& name) {
  if (name.empty()) return "-";
  const bool is_plain = std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
  return is_plain ? name : json_string(name);
}

// How many columns it takes: one for each character, as good as for all of them.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string upper(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

Cells titles(const Question& question) {
  Cells line;
  for (const auto by : question.by) line.push_back(upper(name(by)));
  for (const auto& number : numbers) line.emplace_back(number.title);
  for (const auto& time : times) {
    line.push_back(std::string(time.title) + " p50");
    line.emplace_back("p95 ms");
  }
  return line;
}

Cells cells(const UsageRow& row) {
  Cells line;
  for (const auto& each : row.names) line.push_back(shown(each));
  for (const auto& number : numbers) line.push_back(text(number.value(row.sums), "-"));
  for (const auto& time : times) {
    const auto& told = row.*time.value;
    line.push_back(told ? milliseconds(told->median) : "-");
    line.push_back(told ? milliseconds(told->p95) : "-");
  }
  return line;
}

std::string json_of(const Question& question, const UsageRow& row, bool with_names) {
  std::string text = "{";
  const auto key = [&](std::string_view name) {
    text.append(text.size() > 1 ? "," : "").append("\"").append(name).append("\":");
  };
  for (std::size_t i = 0; with_names && i < question.by.size(); ++i) {
    key(name(question.by[i]));
    if (row.names[i].empty()) {
      text += "null";
    } else {
      append_json_string(text, row.names[i]);
    }
  }
  for (const auto& number : numbers) {
    key(number.name);
    text += ledger::text(number.value(row.sums), "null");
  }
  for (const auto& time : times) {
    const auto& told = row.*time.value;
    key(std::string(time.name) + "_ms");
    text += told ? R"({"p50":)" + milliseconds(told->median) + R"(,"p95":)" + milliseconds(told->p95) + "}" : "null";
  }
  return text + "}";
}

bool is_visible(std::string_view name) {
  while (!name.empty()) {
    const auto character = first_utf8_character(name);
    if (is_control_character(character.code_point)) return false;
    name.remove_prefix(character.size);
  }
  return true;
}

// A client chooses its model's name, and a spreadsheet takes what begins so for a formula.
std::string text_cell(const std::string& name) {
  constexpr std::string_view formulas = "=+-@\t\r";
  const bool is_formula = !name.empty() && formulas.find(name.front()) != std::string_view::npos;
  return (is_formula ? "'" : "") + (is_visible(name) ? name : json_string(name));
}

std::string in_quotes(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string text = "\"";
  for (const char c : cell) text.append(c == '"' ? 2 : 1, c);
  return text + "\"";
}

}  // namespace

std::string table(const Question& question, const Usage& usage) {
  std::string result = "from " + config::text_of(usage.since) + " to " + config::text_of(usage.until) + "\n";
  if (usage.rows.empty()) return result + "no requests\n";
  std::vector<Cells> lines{titles(question)};
  for (const auto& row : usage.rows) lines.push_back(cells(row));
  if (!question.by.empty()) {
    UsageRow total = usage.total;
    total.names.assign(question.by.size(), "");
    lines.push_back(cells(total));
    for (std::size_t i = 0; i < question.by.size(); ++i) lines.back()[i] = i == 0 ? "total" : "";
  }
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string space(widths[i] - width(line[i]), ' ');
      row += (i == 0 ? "" : "  ") + (i < question.by.size() ? line[i] + space : space + line[i]);
    }
    result += row + "\n";
  }
  const auto& sums = usage.total.sums;
  if (sums.without_usage > 0) {
    result += std::to_string(sums.without_usage) + " of " + std::to_string(sums.requests) +
              " requests did not tell what they took: the sums are too low.\n";
  }
  return result;
}

std::string json(const Question& question, const Usage& usage) {
  std::string result =
      R"({"since":")" + config::text_of(usage.since) + R"(","until":")" + config::text_of(usage.until) + R"(","by":[)";
  for (std::size_t i = 0; i < question.by.size(); ++i) {
    result.append(i == 0 ? "\"" : ",\"").append(name(question.by[i])).append("\"");
  }
  result += R"(],"rows":[)";
  for (std::size_t i = 0; i < usage.rows.size(); ++i) {
    result += (i == 0 ? "" : ",") + json_of(question, usage.rows[i], true);
  }
  return result + R"(],"total":)" + json_of(question, usage.total, false) + "}\n";
}

std::string csv(const Question& question, const Usage& usage) {
  std::string result;
  const auto add = [&](const Cells& line) {
    for (std::size_t i = 0; i < line.size(); ++i) result += (i == 0 ? "" : ",") + in_quotes(line[i]);
    result += "\r\n";
  };
  Cells header;
  for (const auto by : question.by) header.emplace_back(name(by));
  for (const auto& number : numbers) header.emplace_back(number.name);
  for (const auto& time : times) {
    header.push_back(std::string(time.name) + "_p50_ms");
    header.push_back(std::string(time.name) + "_p95_ms");
  }
  add(header);
  for (const auto& row : usage.rows) {
    Cells line;
    for (const auto& each : row.names) line.push_back(text_cell(each));
    for (const auto& number : numbers) line.push_back(text(number.value(row.sums), ""));
    for (const auto& time : times) {
      const auto& told = row.*time.value;
      line.push_back(told ? milliseconds(told->median) : "");
      line.push_back(told ? milliseconds(told->p95) : "");
    }
    add(line);
  }
  return result;
}

}  // namespace pointsman::ledger
