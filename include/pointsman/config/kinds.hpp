#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/config/value.hpp"

// Readers for the kinds of values that the file knows (see value.hpp for what a reader does).
namespace pointsman::config {

void boolean(const Value& value, bool& target);
void duration(const Value& value, Milliseconds& target);          // longer than nothing
void duration_or_none(const Value& value, Milliseconds& target);  // the same, or 0
void days(const Value& value, std::chrono::days& target);
void share(const Value& value, double& target);          // above 0, at most 1
void share_or_none(const Value& value, double& target);  // the same, or 0
void size(const Value& value, std::size_t& target);      // bytes, more than none
void percent(const Value& value, double& target);
void path(const Value& value, std::string& target);  // made absolute or relative to the working directory
void name(const Value& value, std::string& target);  // fit for headers and labels: A-Z a-z 0-9 . _ -
bool is_name(std::string_view text);                 // the same, asked of anything
void time(const Value& value, std::optional<WallTime>& target);
inline constexpr std::size_t longest_model_name = 256;     // bytes
void model_name(const Value& value, std::string& target);  // anything that fits on a line
void model_names(const Value& value, std::vector<std::string>& target);

// A whole number from `least` to `most`.
class WholeNumber {
 public:
  constexpr WholeNumber(std::uint32_t least, std::uint32_t most) : least_(least), most_(most) {}

  template <class Number>
  void operator()(const Value& value, Number& target) const {
    if (const auto number = read(value)) target = *number;
  }

 private:
  std::optional<std::uint32_t> read(const Value& value) const;

  std::uint32_t least_;
  std::uint32_t most_;
};

// A whole number, more than none, that may be larger than those above.
void amount(const Value& value, std::uint64_t& target);

// One of some words.
class OneOf {
 public:
  OneOf(std::initializer_list<std::string_view> words) : words_(words) {}
  void operator()(const Value& value, std::string& target) const;

 private:
  std::vector<std::string_view> words_;
};

// Notices what may be there only once.
class Distinct {
 public:
  // The line where `thing` was seen before, if it was.
  std::optional<int> earlier(const std::string& thing, Place place);

  // Another reader, which also reports a text that comes again.
  template <class Reader>
  auto once(const Reader& reader) {
    return [this, &reader](const Value& value, std::string& target) {
      reader(value, target);
      see(value, target);
    };
  }

  // Reports the value if `thing` was seen before.
  void see(const Value& value, const std::string& thing);

 private:
  std::map<std::string, int> lines_;
};

}  // namespace pointsman::config
