#include "pointsman/payload/kept_names.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "pointsman/base/hexadecimal.hpp"

namespace pointsman::payload {
namespace {

// FNV-1a. Whoever makes up content with the fingerprint of another's only has a request of their own sent to that
// endpoint, which cannot decrypt it.
constexpr std::uint64_t hash_basis = 0xcbf29ce484222325u;
constexpr std::uint64_t hash_prime = 0x100000001b3u;

std::string fingerprint(std::uint64_t hash) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  return "encrypted:" + std::string(digits.data(), end);
}

}  // namespace

void KeptNames::reset() {
  auto found = std::move(found_);
  *this = KeptNames();
  found_ = std::move(found);
}

void KeptNames::feed(std::string_view json) {
  while (!json.empty()) {
    if (in_string_) {
      json = take_string(json);
    } else {
      take_structure(json.front());
      json.remove_prefix(1);
    }
  }
}

// Takes what belongs to the string at hand, and returns what follows.
std::string_view KeptNames::take_string(std::string_view json) {
  if (escaped_ || digits_left_ > 0) {
    take_escape(json.front());
    return json.substr(1);
  }
  const auto end = std::find_if(json.begin(), json.end(), [](char c) { return c == '"' || c == '\\'; });
  const auto plain = static_cast<std::size_t>(end - json.begin());
  if (expects_key_ || key_ == Key::encrypted_content || is_id()) {
    for (const char c : json.substr(0, plain)) take_byte(c);
  }
  if (plain == json.size()) return {};
  if (*end == '"') {
    end_string();
  } else {
    escaped_ = true;
  }
  return json.substr(plain + 1);
}

// Two writers may escape the same text in different ways.
void KeptNames::take_escape(char c) {
  if (digits_left_ > 0) {
    const int digit = hexadecimal_value(c);
    code_unit_ = *code_unit_ << 4 | static_cast<std::uint32_t>(std::max(digit, 0));
    if (--digits_left_ == 0) take_byte(static_cast<char>(*code_unit_));
    return;
  }
  escaped_ = false;
  if (c == 'u') {
    code_unit_ = 0;
    digits_left_ = 4;
  } else {
    take_byte(c);
  }
}

void KeptNames::take_byte(char c) {
  if (!expects_key_ && key_ == Key::encrypted_content) {
    hash_ = (hash_ ^ static_cast<unsigned char>(c)) * hash_prime;
  } else if (text_.size() < max_id_size) {
    text_ += c;
  } else {
    too_long_ = true;
  }
}

void KeptNames::begin_string() {
  in_string_ = true;
  text_.clear();
  too_long_ = false;
  hash_ = hash_basis;
}

void KeptNames::end_string() {
  in_string_ = false;
  if (expects_key_) {
    expects_key_ = false;
    key_ = text_ == "id"                  ? Key::id
           : text_ == "response"          ? Key::response
           : text_ == "encrypted_content" ? Key::encrypted_content
                                          : Key::other;
    if (depth_ == 1) outer_ = key_;
  } else if (key_ == Key::encrypted_content) {
    found_.push_back(fingerprint(hash_));
  } else if (is_id() && !text_.empty() && !too_long_) {
    found_.push_back(text_);
  }
}

void KeptNames::take_structure(char c) {
  switch (c) {
    case '"': begin_string(); return;
    case '{':
    case '[':
      if (depth_ < most_levels) is_object_[depth_] = c == '{';
      ++depth_;
      expects_key_ = c == '{' && depth_ <= most_levels;
      key_ = Key::other;
      return;
    case '}':
    case ']':
      if (depth_ > 0) --depth_;
      expects_key_ = false;
      key_ = Key::other;
      return;
    case ',':
      expects_key_ = depth_ > 0 && depth_ <= most_levels && is_object_[depth_ - 1];
      key_ = Key::other;
      return;
    default: return;
  }
}

std::vector<std::string> encrypted_contents(std::string_view body) {
  constexpr std::string_view prefix = "encrypted:";
  if (body.find("encrypted_content") == std::string_view::npos) return {};
  KeptNames names;
  names.feed(body);
  auto found = names.take();
  std::erase_if(found, [&](const std::string& name) { return !name.starts_with(prefix); });
  return found;
}

}  // namespace pointsman::payload
