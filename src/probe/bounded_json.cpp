#include "pointsman/probe/bounded_json.hpp"

#include <cstddef>
#include <limits>

#include "pointsman/base/utf8.hpp"

namespace pointsman::probe {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t most_values = 500'000;

// Nesting and size are known before anything is built of them: nlohmann's values take up to fifty times their text.
bool is_bounded(std::string_view text) {
  std::size_t depth = 0;
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',' || c == '[' || c == '{') ++values;
    if (depth > deepest || values > most_values) return false;
  }
  return true;
}

}  // namespace

std::string repaired_utf8(std::string_view text) {
  static constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    const bool is_broken = character.code_point == U'\uFFFD';
    result += is_broken ? replacement : text.substr(0, character.size);
    text.remove_prefix(character.size);
  }
  return result;
}

std::optional<nlohmann::json> read_json(std::string_view text) {
  if (!is_bounded(text)) return std::nullopt;
  auto document = nlohmann::json::parse(repaired_utf8(text), nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return std::nullopt;
  return document;
}

const nlohmann::json* member(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_member(const nlohmann::json& object, const char* name) {
  const auto* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::uint32_t> count_member(const nlohmann::json& object, const char* name) {
  const auto* value = member(object, name);
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  const auto count = value->get<std::uint64_t>();
  if (count > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(count);
}

const nlohmann::json& items(const nlohmann::json* array) {
  static const nlohmann::json none = nlohmann::json::array();
  return array != nullptr && array->is_array() ? *array : none;
}

}  // namespace pointsman::probe
