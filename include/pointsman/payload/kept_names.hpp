#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pointsman::payload {

// Longer ids are not taken for ids: no server has one.
inline constexpr std::size_t max_id_size = 256;

// Finds in an answer what a later request may name that only the same endpoint can serve: the `id` of the object itself
// or of the `response` in it, and every `encrypted_content`, as a fingerprint ("encrypted:…"). Fed with JSON as it
// comes, in whatever pieces and without keeping them; reset between the events of a stream. Of something that is not a
// JSON object it finds nothing or anything, in bounded time and memory. No I/O; one per answer.
class KeptNames {
 public:
  void feed(std::string_view json);
  void reset();

  // What was found since the last call.
  std::vector<std::string> take() { return std::exchange(found_, {}); }
  bool has_found() const { return !found_.empty(); }

 private:
  enum class Key : std::uint8_t { other, id, response, encrypted_content };
  static constexpr std::size_t most_levels = 64;  // deeper, nothing that counts stands

  std::string_view take_string(std::string_view json);
  void take_escape(char c);
  void take_structure(char c);
  void take_byte(char c);
  void begin_string();
  void end_string();
  bool is_id() const { return key_ == Key::id && (depth_ == 1 || (depth_ == 2 && outer_ == Key::response)); }

  std::vector<std::string> found_;
  std::size_t depth_ = 0;
  std::bitset<most_levels> is_object_;
  Key outer_ = Key::other;  // the key at depth 1
  Key key_ = Key::other;    // the last key of the object at hand
  bool expects_key_ = false;

  bool in_string_ = false;
  bool escaped_ = false;
  std::optional<std::uint32_t> code_unit_;  // of \uXXXX, as far as it came
  int digits_left_ = 0;

  std::string text_;  // of the string at hand, where it counts; max_id_size at most
  bool too_long_ = false;
  std::uint64_t hash_ = 0;
};

// What the requests name of it: the fingerprints of each `encrypted_content` in a request's body.
std::vector<std::string> encrypted_contents(std::string_view body);

}  // namespace pointsman::payload
