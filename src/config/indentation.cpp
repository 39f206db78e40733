#include "pointsman/config/indentation.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace pointsman::config {
namespace {

std::vector<std::string_view> lines_of(std::string_view yaml) {
  std::vector<std::string_view> lines;
  while (!yaml.empty()) {
    const auto end = std::min(yaml.find('\n'), yaml.size());
    lines.push_back(yaml.substr(0, end));
    yaml.remove_prefix(std::min(end + 1, yaml.size()));
  }
  return lines;
}

// Where a line begins; columns are from 1.
struct Beginning {
  int tab = 0;   // the first in front of it; 0: there is none
  int dash = 0;  // of an item of a list; 0: it is none
  int text = 0;  // what follows that; 0: nothing, or a comment
};

Beginning beginning_of(std::string_view line) {
  constexpr auto none = std::string_view::npos;
  const auto column = [](std::size_t at) { return at == none ? 0 : static_cast<int>(at) + 1; };
  Beginning beginning;
  auto first = line.find_first_not_of(" \t\r");
  beginning.tab = column(line.substr(0, first).find('\t'));
  const auto is_item = [&] { return line.substr(first).starts_with("- "); };
  if (first != none && is_item()) beginning.dash = column(first);
  while (first != none && is_item()) first = line.find_first_not_of(" \r", first + 1);
  if (first != none && line[first] != '#') beginning.text = column(first);
  return beginning;
}

// Its value is in the lines below.
bool opens_another(std::string_view line) {
  line = line.substr(0, line.find(" #"));
  return line.substr(0, line.find_last_not_of(" \r") + 1).ends_with(':');
}

std::string in_column(int column) { return "in column " + std::to_string(column); }

}  // namespace

std::optional<Problem> wrong_indentation(std::string_view yaml, int line) {
  const auto lines = lines_of(yaml);
  if (line < 1 || line > static_cast<int>(lines.size())) return std::nullopt;
  const auto here = beginning_of(lines[static_cast<std::size_t>(line) - 1]);
  if (here.tab != 0) {
    return error_at({line, here.tab}, "this line begins with a tab; YAML takes only spaces there");
  }
  const bool is_item = here.dash != 0;
  const int mine = is_item ? here.dash : here.text;
  int nearest = 0;  // the line that it seems to belong to
  int open = 0;     // the column of what is open there, further and further out
  for (int above = line - 1; here.text != 0 && above >= 1 && open != 1; --above) {
    const auto text = lines[static_cast<std::size_t>(above) - 1];
    const auto there = beginning_of(text);
    if (there.text == 0) continue;
    if (nearest == 0 && opens_another(text) && mine >= there.text) return std::nullopt;
    const int other = is_item ? there.dash : there.text;
    if (other == 0 || (open != 0 && other >= open)) continue;
    if (other == mine) return std::nullopt;
    if (nearest == 0) nearest = above;
    open = other;
  }
  if (nearest == 0) return std::nullopt;
  const auto there = beginning_of(lines[static_cast<std::size_t>(nearest) - 1]);
  return error_at({line, mine}, "this line begins " + in_column(mine) + ", and line " + std::to_string(nearest) + " " +
                                    in_column(is_item ? there.dash : there.text) +
                                    "; what belongs together begins in the same column, " +
                                    (is_item ? "each `-` of a list" : "each key of an entry"));
}

}  // namespace pointsman::config
