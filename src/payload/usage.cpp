#include "pointsman/payload/usage.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace pointsman::payload {
namespace {

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

constexpr std::uint8_t most_digits = 18;  // of a count
constexpr std::uint8_t no_count = most_digits + 1;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

Count& Count::operator+=(const Count& more) {
  if (!more.is_told()) return *this;
  if (!is_told()) value_ = 0;
  if (__builtin_add_overflow(value_, more.value_, &value_)) value_ = std::numeric_limits<std::int64_t>::max();
  return *this;
}

Usage& Usage::operator+=(const Usage& more) {
  for (const auto count :
       {&Usage::input, &Usage::output, &Usage::cached, &Usage::cache_written, &Usage::reasoning, &Usage::total}) {
    this->*count += more.*count;
  }
  return *this;
}

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
  for (std::size_t at = 0; at < piece.size(); ++at) {
    const char c = piece[at];
    if (state_ == State::in_value) {
      take_value(c);
      if (state_ == State::searching) return piece.substr(at + 1);
    } else if (!is_space(c)) {
      const bool goes_on = state_ == State::before_colon ? c == ':' : c == '{';
      if (!goes_on) {
        state_ = State::searching;  // a string of that name, or no usage
        return piece.substr(at);
      }
      state_ = state_ == State::before_colon ? State::before_value : State::in_value;
      if (state_ == State::in_value) begin_value();
    }
  }
  return {};
}

void UsageReader::begin_value() {
  depth_ = 1;
  name_size_ = digits_ = 0;
  in_details_ = in_string_ = escaped_ = false;
  expects_name_ = true;
}

void UsageReader::take_value(char c) {
  if (in_string_) {
    take_character(c);
    return;
  }
  switch (c) {
    case '"':
      in_string_ = true;
      reads_name_ = expects_name_ && counts();
      if (reads_name_) name_size_ = 0;
      break;
    case ':':
      expects_name_ = false;
      digits_ = 0;
      break;
    case ',':
      end_count();
      expects_name_ = true;
      break;
    case '{':
    case '[':
      // The details stand one level deeper (`prompt_tokens_details`).
      if (depth_ == 1) in_details_ = c == '{' && name().ends_with("_details");
      expects_name_ = true;
      if (++depth_ == 0) state_ = State::searching;  // deeper than one can count: no usage
      break;
    case '}':
    case ']':
      end_count();
      if (--depth_ == 0) state_ = State::searching;
      break;
    default:
      if (!is_space(c)) take_digit(c);
  }
}

void UsageReader::take_character(char c) {
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
    return;
  }
  if (reads_name_ && name_size_ < name_.size()) name_[name_size_++] = c;
}

void UsageReader::take_digit(char c) {
  if (c < '0' || c > '9' || digits_ >= most_digits) {
    digits_ = no_count;
    return;
  }
  count_ = (digits_ == 0 ? 0 : 10 * count_) + static_cast<std::uint64_t>(c - '0');
  ++digits_;
}

void UsageReader::end_count() {
  if (digits_ > 0 && digits_ < no_count && count_ <= largest_count && counts()) {
    const auto* const known =
        std::find_if(fields.begin(), fields.end(), [this](const Field& each) { return each.name == name(); });
    if (known != fields.end()) usage_.*(known->count) = Count(count_);
  }
  digits_ = 0;
}

}  // namespace pointsman::payload
