#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <limits>
#include <string>

namespace pointsman {

// Appends the digits in place, with a minus before those below zero: no string is made for them.
template <std::integral Number>
void append_number(std::string& text, Number number) {
  std::array<char, std::numeric_limits<Number>::digits10 + 2> digits;  // a minus, and a digit that is not always 9
  text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

}  // namespace pointsman
