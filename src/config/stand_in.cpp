#include "pointsman/config/stand_in.hpp"

namespace pointsman::config {
namespace {

constexpr std::string_view for_a_variable = "unset-variable-";
constexpr std::string_view for_a_file = "unread-file-";
constexpr char end_of_name = '-';  // no variable has it in its name

}  // namespace

std::string stand_in_for_variable(std::string_view name) {
  return std::string(for_a_variable).append(name) + end_of_name;
}

std::string stand_in_for_file(std::string_view path) { return std::string(for_a_file).append(path); }

bool has_stand_in(std::string_view text) {
  return text.find(for_a_variable) != std::string_view::npos || text.find(for_a_file) != std::string_view::npos;
}

std::string unset_variable_in(std::string_view text) {
  const auto at = text.find(for_a_variable);
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + for_a_variable.size());
  return std::string(text.substr(0, text.find(end_of_name)));
}

}  // namespace pointsman::config
