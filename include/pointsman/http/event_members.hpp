#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pointsman::http {

// The members `type`, or another one that is a string, and `sequence_number` of the JSON object in an event, found
// while its bytes come, in whatever pieces, and without keeping them. Of two types the first counts. Only members of
// the object itself count, not what stands in its strings or deeper. Ends as soon as it has both. Of something that is
// not a JSON object it finds nothing or anything, in bounded time and memory. No I/O, no allocation; one per stream,
// reset between events.
class EventMembers {
 public:
  // `type`: the name of the member to find in its place. It is not copied.
  explicit EventMembers(std::string_view type = "type") : type_name_(type) {}

  void feed(std::string_view json);
  void reset() { *this = EventMembers(type_name_); }

  // Longer types are none that anybody asks for.
  static constexpr std::size_t longest = 56;

  // Empty: there is none, it is no string, has escapes, or is too long.
  std::string_view type() const { return type_.text(); }
  // It has a `type`, whatever that says.
  bool has_type() const { return has_type_; }
  // Nothing: there is none, or it is no plain number.
  std::optional<std::uint64_t> sequence_number() const { return sequence_number_; }

 private:
  // A key or a scalar value, quotes not included. What is longer or has escapes is not one that counts.
  template <std::size_t Size>
  class Token {
   public:
    void clear() { *this = Token(); }
    void append(std::string_view part);
    void spoil() { spoiled_ = true; }
    std::string_view text() const { return spoiled_ ? std::string_view() : std::string_view(bytes_.data(), size_); }

   private:
    std::array<char, Size> bytes_{};
    std::uint8_t size_ = 0;
    bool spoiled_ = false;
  };

  // No key that counts is longer, and no number.
  static constexpr std::size_t longest_other = 24;

  enum class Key : std::uint8_t { type, sequence_number, other };

  bool is_at_type() const { return key_ == Key::type && quoted_ && !has_type_; }
  void append(std::string_view part);
  std::string_view take_string(std::string_view json);
  void take_structure(char c);
  void take_member(char c);
  void end_key();
  void end_value();

  std::string_view type_name_;
  Token<longest_other> token_;
  Token<longest> type_;
  bool has_type_ = false;
  std::optional<std::uint64_t> sequence_number_;
  std::size_t depth_ = 0;
  Key key_ = Key::other;
  bool in_string_ = false;
  bool escaped_ = false;  // the next character of the string belongs to a backslash
  bool quoted_ = false;   // the token is a string
  bool done_ = false;
};

}  // namespace pointsman::http
