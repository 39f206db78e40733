#include "pointsman/http/event_members.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "input.hpp"

namespace pointsman::fuzz {
namespace {

using nlohmann::json;

// Of a JSON object that has no key twice, another parser finds the same members.
void compare(std::string_view text, const http::EventMembers& members) {
  std::map<std::string, int> keys;
  const auto count = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) ++keys[parsed.get<std::string>()];
    return true;
  };
  const auto object = json::parse(text, count, false);
  if (!object.is_object() || keys["type"] > 1 || keys["sequence_number"] > 1) return;

  // We do not know a key or type with an escape, nor a long type. Letters can only be escaped as \uXXXX.
  const bool has_escapes = text.find("\\u") != std::string_view::npos;
  const auto type = object.value("type", json());
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '.' || c == '_'; };
  const bool knows_type = type.is_string() && !has_escapes &&
                          type.get<std::string>().size() <= http::EventMembers::longest &&
                          std::ranges::all_of(type.get<std::string>(), is_letter);
  if (knows_type) require(members.type() == type.get<std::string>(), "both find the same type");
  if (!members.type().empty()) require(type == json(members.type()), "no type is made up");
  const auto number = object.value("sequence_number", json());
  if (number.is_number_unsigned() && !has_escapes) {
    require(members.sequence_number() == number.get<std::uint64_t>(), "both find the same number");
  }
  if (members.sequence_number()) require(number == json(*members.sequence_number()), "no number is made up");
}

}  // namespace
}  // namespace pointsman::fuzz

// What a response's event says of itself: it does not depend on splits, and another JSON parser finds the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto text = fuzz::text_of(data, size);
  const auto seed = fuzz::take_byte(text);
  http::EventMembers whole;
  whole.feed(text);
  http::EventMembers members;
  for (const auto& piece : fuzz::split(text, seed)) members.feed(piece);
  fuzz::require(members.type() == whole.type() && members.sequence_number() == whole.sequence_number(),
                "the members do not depend on splits");
  fuzz::compare(text, members);
  return 0;
}
