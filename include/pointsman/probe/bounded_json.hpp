#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

// JSON from servers that we do not know, read within bounds.
namespace pointsman::probe {

// The document; nothing if it is no JSON, or nested deeper than 64 levels, or made of more than 500 000 values. Bytes
// that are not UTF-8 become U+FFFD, so that one bad name does not cost the whole answer.
std::optional<nlohmann::json> read_json(std::string_view text);

// A member, nullptr if `object` is no object or has none of that name.
const nlohmann::json* member(const nlohmann::json& object, const char* name);

// A member's text, "" if there is none or it is something else.
std::string text_member(const nlohmann::json& object, const char* name);

// A member that is a number of things; nothing if there is none, or if it is negative, fractional or beyond 32 bits.
std::optional<std::uint32_t> count_member(const nlohmann::json& object, const char* name);

// The members of an array; none if it is something else or not there.
const nlohmann::json& items(const nlohmann::json* array);

// Valid UTF-8: bytes that are none become U+FFFD.
std::string repaired_utf8(std::string_view text);

}  // namespace pointsman::probe
