#include "pointsman/http/event_members.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace pointsman::http {
namespace {

std::optional<std::uint64_t> plain_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace

template <std::size_t Size>
void EventMembers::Token<Size>::append(std::string_view part) {
  if (part.size() > bytes_.size() - size_) {
    spoiled_ = true;
    return;
  }
  std::memcpy(bytes_.data() + size_, part.data(), part.size());
  size_ += static_cast<std::uint8_t>(part.size());
}

void EventMembers::append(std::string_view part) { is_at_type() ? type_.append(part) : token_.append(part); }

void EventMembers::feed(std::string_view json) {
  while (!json.empty() && !done_) {
    if (in_string_) {
      json = take_string(json);
    } else {
      take_structure(json.front());
      json.remove_prefix(1);
    }
  }
}

// Takes what belongs to the string at hand, and returns what follows.
std::string_view EventMembers::take_string(std::string_view json) {
  if (escaped_) {
    escaped_ = false;
    return json.substr(1);
  }
  const auto end = std::find_if(json.begin(), json.end(), [](char c) { return c == '"' || c == '\\'; });
  const auto plain = static_cast<std::size_t>(end - json.begin());
  if (depth_ == 1) append(json.substr(0, plain));
  if (plain == json.size()) return {};
  if (*end == '"') {
    in_string_ = false;
  } else {
    escaped_ = true;
    is_at_type() ? type_.spoil() : token_.spoil();
  }
  return json.substr(plain + 1);
}

void EventMembers::take_structure(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n': return;
    case '{':
    case '[': ++depth_; return;
    case '}':
    case ']':
      if (depth_ > 1) {
        --depth_;
      } else {
        end_value();
        done_ = true;
      }
      return;
    case '"': in_string_ = true; break;
    default: break;
  }
  if (depth_ == 1) take_member(c);
}

void EventMembers::take_member(char c) {
  switch (c) {
    case '"': quoted_ = true; return;
    case ':': end_key(); return;
    case ',': end_value(); return;
    default: append({&c, 1});
  }
}

void EventMembers::end_key() {
  const auto name = token_.text();
  key_ = name == type_name_ ? Key::type : name == "sequence_number" ? Key::sequence_number : Key::other;
  token_.clear();
  quoted_ = false;
}

void EventMembers::end_value() {
  if (is_at_type()) has_type_ = true;
  if (key_ == Key::sequence_number && !quoted_) sequence_number_ = plain_number(token_.text());
  done_ = has_type_ && sequence_number_.has_value();
  key_ = Key::other;
  token_.clear();
  quoted_ = false;
}

}  // namespace pointsman::http
