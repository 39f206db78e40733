#include "pointsman/config/nearest.hpp"

#include <algorithm>

namespace pointsman::config {
namespace {

// Nobody mistypes a longer name, and the work grows with the square.
constexpr std::size_t longest_word = 64;
// What is shorter may be a part of anything.
constexpr std::size_t shortest_part = 4;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(std::string_view name, std::string_view part) {
  return !std::ranges::search(name, part, [](char a, char b) { return lower(a) == lower(b); }).empty();
}

// How many letters to insert, delete or replace (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string>& names) {
  if (word.size() > longest_word) return "";
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 2) + 1;
  for (const auto& name : names) {
    const auto this_distance = distance(word, name);
    if (this_distance < best_distance) {
      best = name;
      best_distance = this_distance;
    }
  }
  if (!best.empty() || word.size() < shortest_part) return best;
  for (const auto& name : names) {
    if (contains(name, word) && (best.empty() || name.size() < best.size())) best = name;
  }
  return best;
}

}  // namespace pointsman::config
