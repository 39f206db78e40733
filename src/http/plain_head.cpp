#include "pointsman/http/plain_head.hpp"

#include <algorithm>
#include <array>

namespace pointsman::http {
namespace {

using Characters = std::array<bool, 256>;

// RFC 9110 §5.6.2.
constexpr Characters token_characters = [] {
  Characters set{};
  for (int c = '0'; c <= '9'; ++c) set[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) set[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) set[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) set[static_cast<std::size_t>(c)] = true;
  return set;
}();

bool is_token_character(char c) { return token_characters[static_cast<unsigned char>(c)]; }

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

// No control characters but those that end lines, and tabs. Without ifs that would stop at the first, the compiler
// looks at many characters at once; that is why the whole head is looked at before its lines are.
bool is_text(std::string_view head) {
  bool right = true;
  for (const char c : head) {
    const auto byte = static_cast<unsigned char>(c);
    right &= ((byte >= 0x20) & (byte != 0x7f)) | (byte == '\t') | (byte == '\r') | (byte == '\n');
  }
  return right;
}

bool is_list_of_tokens(FieldName name) {
  return name == FieldName::connection || name == FieldName::proxy_connection || name == FieldName::upgrade;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string_view until(std::string_view text, char end) {
  return text.substr(0, std::min(text.find(end), text.size()));
}

bool take(std::string_view& bytes, std::string_view expected) {
  if (!bytes.starts_with(expected)) return false;
  bytes.remove_prefix(expected.size());
  return true;
}

bool take_version(std::string_view& bytes, int& minor_version) {
  if (!take(bytes, "HTTP/1.") || bytes.empty() || (bytes[0] != '0' && bytes[0] != '1')) return false;
  minor_version = bytes[0] - '0';
  bytes.remove_prefix(1);
  return true;
}

// One field line, its CRLF included. The bytes end in a line's end, so a name does before them.
bool take_field(std::string_view& bytes, Fields& fields) {
  std::size_t colon = 0;
  while (is_token_character(bytes[colon])) ++colon;
  if (colon == 0 || bytes[colon] != ':') return false;
  std::size_t begin = colon + 1;
  while (begin < bytes.size() && (bytes[begin] == ' ' || bytes[begin] == '\t')) ++begin;
  const auto line_end = bytes.find('\r', begin);
  if (line_end == std::string_view::npos || line_end + 1 == bytes.size() || bytes[line_end + 1] != '\n') return false;
  std::size_t end = line_end;
  while (end > begin && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t')) --end;
  const auto value = bytes.substr(begin, end - begin);
  const bool is_as_written = begin == colon + 2 && bytes[colon + 1] == ' ' && end == line_end;
  const auto known = fields.add(bytes.substr(0, colon), value, is_as_written);
  if (is_list_of_tokens(known) && !is_token(value)) return false;
  bytes.remove_prefix(line_end + 2);
  return true;
}

bool take_fields(std::string_view bytes, const Limits& limits, Fields& fields) {
  fields.clear();
  if (!bytes.ends_with("\r\n")) return false;
  while (!bytes.starts_with("\r\n")) {
    if (bytes.empty() || fields.size() == limits.fields || !take_field(bytes, fields)) return false;
  }
  return bytes.size() == 2;
}

}  // namespace

bool parse_plain(std::string_view bytes, const Limits& limits, RequestHead& head) {
  if (!is_text(bytes)) return false;
  head.method = until(bytes, ' ');
  if (head.method.empty() || !std::all_of(head.method.begin(), head.method.end(), is_token_character)) return false;
  bytes.remove_prefix(head.method.size());
  if (!take(bytes, " ")) return false;
  head.target = until(bytes, ' ');
  if (head.target.empty() || head.target.size() > limits.target) return false;
  if (!std::all_of(head.target.begin(), head.target.end(), is_visible)) return false;
  bytes.remove_prefix(head.target.size());
  if (!take(bytes, " ") || !take_version(bytes, head.minor_version) || !take(bytes, "\r\n")) return false;
  head.path = until(head.target, '?');
  head.query = head.target.substr(head.path.size());
  return take_fields(bytes, limits, head.fields);
}

bool parse_plain(std::string_view bytes, const Limits& limits, ResponseHead& head) {
  if (!is_text(bytes) || !take_version(bytes, head.minor_version) || !take(bytes, " ") || bytes.size() < 4)
    return false;
  head.status = 0;
  for (const char c : bytes.substr(0, 3)) {
    if (c < '0' || c > '9') return false;
    head.status = 10 * head.status + (c - '0');
  }
  bytes.remove_prefix(3);
  if (!take(bytes, " ")) return false;
  head.reason = until(bytes, '\r');
  bytes.remove_prefix(head.reason.size());
  return take(bytes, "\r\n") && take_fields(bytes, limits, head.fields);
}

}  // namespace pointsman::http
