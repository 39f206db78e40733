#include "pointsman/payload/usage.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace pointsman::payload {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view key = "\"usage\"";

struct Field {
  std::string_view name;
  Count Usage::* count;
};

constexpr std::array<Field, 9> fields{{
    {"prompt_tokens", &Usage::input},
    {"input_tokens", &Usage::input},
    {"completion_tokens", &Usage::output},
    {"output_tokens", &Usage::output},
    {"cached_tokens", &Usage::cached},
    {"cache_read_input_tokens", &Usage::cached},
    {"cache_creation_input_tokens", &Usage::cache_written},
    {"reasoning_tokens", &Usage::reasoning},
    {"total_tokens", &Usage::total},
}};

// The details stand one level deeper (`prompt_tokens_details`).
constexpr int most_levels = 2;

void take_counts(ondemand::object object, int levels, Usage& usage) {
  for (auto field : object) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) || field.value().get(value)) return;
    ondemand::object inner;
    if (levels > 1 && name.ends_with("_details") && !value.get_object().get(inner)) {
      take_counts(inner, levels - 1, usage);
      continue;
    }
    const auto* const known =
        std::find_if(fields.begin(), fields.end(), [&](const Field& each) { return each.name == name; });
    std::uint64_t number = 0;
    if (known != fields.end() && !value.get_uint64().get(number)) usage.*(known->count) = Count(number);
  }
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

void UsageReader::feed(std::string_view piece) {
  const bool has_begun = state_ != State::searching || matched_ > 0;
  const bool is_beginning = seen_ < searched_beginning;
  seen_ += piece.size();
  if (tail_only_ && !has_begun && !is_beginning && piece.size() > searched_tail) {
    piece.remove_prefix(piece.size() - searched_tail);
  }
  search(piece);
}

void UsageReader::search(std::string_view piece) {
  while (!piece.empty()) piece = state_ == State::searching ? find_key(piece) : take(piece);
}

// Returns what follows the key; nothing if it is not there.
std::string_view UsageReader::find_key(std::string_view piece) {
  if (matched_ > 0) {
    const auto left = key.substr(matched_);
    const auto here = std::min(left.size(), piece.size());
    if (piece.substr(0, here) == left.substr(0, here)) {
      matched_ = static_cast<std::uint8_t>(matched_ + here);
      if (matched_ < key.size()) return {};
      matched_ = 0;
      state_ = State::before_colon;
      return piece.substr(here);
    }
    // Nothing within the key looks like its beginning but its last quote.
    const bool is_last_quote = matched_ == key.size() - 1 && key.back() == key.front();
    matched_ = is_last_quote && piece.front() == '"' ? 1 : 0;
    if (matched_ > 0) return piece.substr(1);
  }
  const auto* const found = static_cast<const char*>(::memmem(piece.data(), piece.size(), key.data(), key.size()));
  if (found != nullptr) {
    state_ = State::before_colon;
    return piece.substr(static_cast<std::size_t>(found - piece.data()) + key.size());
  }
  for (auto size = std::min(key.size() - 1, piece.size()); size > 0 && matched_ == 0; --size) {
    if (piece.ends_with(key.substr(0, size))) matched_ = static_cast<std::uint8_t>(size);
  }
  return {};
}

// Takes what belongs to the value, and returns what follows.
std::string_view UsageReader::take(std::string_view piece) {
  while (!piece.empty()) {
    const char c = piece.front();
    if (state_ == State::in_value) {
      take_value(c);
      piece.remove_prefix(1);
      if (state_ == State::searching) return piece;
      continue;
    }
    if (!is_space(c)) {
      const bool goes_on = state_ == State::before_colon ? c == ':' : c == '{';
      if (!goes_on) {
        state_ = State::searching;  // a string of that name, or no usage
        return piece;
      }
      state_ = state_ == State::before_colon ? State::before_value : State::in_value;
      if (state_ == State::in_value) continue;
    }
    piece.remove_prefix(1);
  }
  return piece;
}

void UsageReader::take_value(char c) {
  text_ += c;
  if (in_string_) {
    in_string_ = escaped_ || c != '"';
    escaped_ = !escaped_ && c == '\\';
  } else if (c == '"') {
    in_string_ = true;
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if (c == '}' || c == ']') {
    --depth_;
  }
  if (depth_ > 0 && text_.size() < longest_usage) return;
  if (depth_ == 0) read();
  std::string().swap(text_);
  depth_ = 0;
  in_string_ = escaped_ = false;
  state_ = State::searching;
}

void UsageReader::read() {
  ondemand::parser parser;
  const simdjson::padded_string json(text_);
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(json).get(document) || document.get_object().get(object)) return;
  take_counts(object, most_levels, usage_);
}

}  // namespace pointsman::payload
