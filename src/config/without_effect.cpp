#include "pointsman/config/without_effect.hpp"

#include <algorithm>
#include <array>

namespace pointsman::config {
namespace {

struct Row {
  std::string_view name;
  std::string_view except;  // the one value that does say what happens; empty: none does
};

// The version that acts on a setting deletes its row.
constexpr std::array<Row, 3> table{{
    {"routing.policy", "least_loaded"},
    {"routing.retry_budget", ""},
    {"models.fallbacks", ""},
}};

}  // namespace

bool has_no_effect(std::string_view name, std::string_view text) {
  return std::any_of(table.begin(), table.end(),
                     [&](const Row& row) { return row.name == name && (row.except.empty() || row.except != text); });
}

}  // namespace pointsman::config
