#include "pointsman/payload/nested_object.hpp"

#include "on_demand.hpp"
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
  for (auto field : object) {
    std::string_view name;
    if (field.unescaped_key().get(name)) return std::nullopt;
    if (name != key) continue;
    if (found) return std::string_view();
    ondemand::object nested;
    std::string_view text;
    if (field.value().get_object().get(nested) || nested.raw_json().get(text)) return std::nullopt;
    // simdjson's text reaches to the next token.
    found = text.substr(0, text.find_last_of('}') + 1);
  }
  return found;
}

}  // namespace pointsman::payload
