#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pointsman::payload {

// A count that may not have been told, which is not the same as none. Eight bytes: one is kept for each open stream.
class Count {
 public:
  Count() = default;
  explicit Count(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}

  bool is_told() const { return value_ >= 0; }
  std::int64_t value_or(std::int64_t otherwise) const { return is_told() ? value_ : otherwise; }
  // What was not told adds nothing. A sum that is too large stays at the largest.
  Count& operator+=(const Count& more);
  bool operator==(const Count&) const = default;

 private:
  std::int64_t value_ = -1;
};

// What an endpoint says that a request took. Anthropic's input does not include what was cached; OpenAI's does.
struct Usage {
  Count input;          // prompt_tokens, input_tokens
  Count output;         // completion_tokens, output_tokens
  Count cached;         // cached_tokens, cache_read_input_tokens
  Count cache_written;  // cache_creation_input_tokens
  Count reasoning;      // reasoning_tokens
  Count total;          // total_tokens

  bool is_told() const { return *this != Usage(); }
  Usage& operator+=(const Usage& more);
  bool operator==(const Usage&) const = default;
};

// Finds the `usage` of an answer while its bytes go by, without keeping them: of a whole JSON answer, or of an event
// stream with the lines of its events as they come. Of each count the last one holds, as the streams of Anthropic's
// messages and the growing counts of some servers want it. `"usage": null` says nothing.
//
// It looks for the key as text: within a JSON string no quote stands without a backslash, so nothing that a model or a
// user wrote can be taken for one. The key may stand at any depth, because APIs put it at different ones.
//
// A stream may be faster than it could be searched whole. Of `tail_only` streams, whose events are small and tell their
// usage in the first or the last ones, only the end of each long piece is searched, and their beginning.
//
// Of a usage that breaks off, the counts that were whole are taken. Names with escapes are not known, nor counts above
// `largest_count`.
//
// No I/O and no allocation; one per answer.
class UsageReader {
 public:
  static constexpr std::size_t searched_tail = 1024;                 // bytes of a piece
  static constexpr std::size_t searched_beginning = 4096;            // bytes of the answer
  static constexpr std::uint64_t largest_count = 1'000'000'000'000;  // more tokens than that no request takes

  // What it finds it writes into `usage`, which must outlive it.
  UsageReader(Usage& usage, bool tail_only) : usage_(usage), tail_only_(tail_only) {}

  void feed(std::string_view piece);

 private:
  enum class State : std::uint8_t { searching, before_colon, before_value, in_value };

  void search(std::string_view piece);
  std::string_view find_key(std::string_view piece);
  std::string_view take(std::string_view piece);
  void begin_value();
  void take_value(char c);
  void take_character(char c);
  void take_digit(char c);
  void end_count();
  bool counts() const { return depth_ == 1 || (depth_ == 2 && in_details_); }
  std::string_view name() const { return {name_.data(), name_size_}; }

  Usage& usage_;
  std::size_t seen_ = 0;
  std::uint64_t count_ = 0;    // the number at hand
  std::array<char, 32> name_;  // what it counts; longer names are cut, and none that is known is as long
  std::uint16_t depth_ = 0;
  std::uint8_t name_size_ = 0;
  std::uint8_t digits_ = 0;
  std::uint8_t matched_ = 0;  // bytes of the key that ended the last piece
  State state_ = State::searching;
  bool in_details_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
  bool expects_name_ = false;
  bool reads_name_ = false;
  bool tail_only_;
};

}  // namespace pointsman::payload
