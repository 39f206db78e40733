#include "pointsman/payload/nested_object.hpp"

#include <utility>

#include "on_demand.hpp"
#include "pointsman/payload/key_meaning.hpp"
#include "pointsman/payload/request_fields.hpp"

namespace pointsman::payload {

std::optional<std::string_view> nested_object(std::string_view body, std::string_view key) {
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  ondemand::parser parser;
  ondemand::document document;
  if (parser.iterate(body, body.size() + padding).get(document)) return std::nullopt;
  ondemand::object object;
  if (document.get_object().get(object)) return std::nullopt;
  std::optional<std::string_view> found;
  bool is_there = false;
  for (auto field : object) {
    std::string_view name;
    if (field.unescaped_key().get(name)) return std::nullopt;
    if (!means(name, key)) continue;
    if (name != key || std::exchange(is_there, true)) return std::string_view();
    ondemand::value value;
    ondemand::object nested;
    std::string_view text;
    if (field.value().get(value)) return std::nullopt;
    if (value.get_object().get(nested)) continue;
    if (nested.raw_json().get(text)) return std::nullopt;
    // simdjson's text reaches to the next token.
    found = text.substr(0, text.find_last_of('}') + 1);
  }
  return found;
}

}  // namespace pointsman::payload
