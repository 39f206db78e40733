#pragma once

#include <string>
#include <string_view>

// Text as a JSON string, quotes included. What could move a terminal's cursor, break a line or turn its text around
// (C0, DEL, C1, the two Unicode separators, bidirectional overrides and isolates) is escaped, so that a line that shows
// the string stays one line. Bytes that are not UTF-8 become U+FFFD.
namespace pointsman {

std::string json_string(std::string_view text);
void append_json_string(std::string& out, std::string_view text);

// True of the characters that are escaped because they are not visible text.
bool is_control_character(char32_t code_point);

// The six characters of a JSON escape; the code point must lie below U+10000.
void append_unicode_escape(std::string& out, char32_t code_point);

}  // namespace pointsman
