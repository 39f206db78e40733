#include "pointsman/payload/event_type.hpp"

#include <utility>

#include "on_demand.hpp"
#include "pointsman/payload/key_meaning.hpp"
#include "pointsman/payload/request_fields.hpp"
#include "scan_error.hpp"

namespace pointsman::payload {

Result<std::optional<std::string>> event_type(std::string_view body) {
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  std::optional<std::string> type;
  ondemand::parser parser;
  ondemand::document document;
  if (parser.iterate(body, body.size() + padding).get(document)) return type;
  ondemand::object object;
  if (document.get_object().get(object)) return type;
  bool is_there = false;
  for (auto field : object) {
    std::string_view name;
    if (field.unescaped_key().get(name)) return type;
    if (!means(name, "type")) continue;
    if (name != "type") return refusal("The message has the key `" + std::string(name) + "`. Write `type`.");
    if (std::exchange(is_there, true)) return refusal("The message has two `type` keys. Send one.");
    ondemand::value value;
    std::string_view text;
    if (field.value().get(value)) return type;
    if (!value.get_string().get(text)) type = text;
  }
  return type;
}

}  // namespace pointsman::payload
