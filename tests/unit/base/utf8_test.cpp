#include "pointsman/base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman {
namespace {

struct Case {
  std::string_view text;
  char32_t code_point;
  std::size_t size;
};

TEST(Utf8, TakesTheFirstCharacter) {
  static constexpr Case cases[] = {
      {"a", 'a', 1},
      {std::string_view("\0x", 2), 0, 1},
      {"\x7f", 0x7f, 1},
      {"\xc2\x80", 0x80, 2},
      {"\xdf\xbfz", 0x7ff, 2},
      {"\xe0\xa0\x80", 0x800, 3},
      {"\xe2\x82\xac", 0x20ac, 3},
      {"\xed\x9f\xbf", 0xd7ff, 3},
      {"\xee\x80\x80", 0xe000, 3},
      {"\xef\xbf\xbd", 0xfffd, 3},
      {"\xf0\x90\x80\x80", 0x10000, 4},
      {"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
  };
  for (const Case& c : cases) {
    const Utf8Character character = first_utf8_character(c.text);
    EXPECT_EQ(character.code_point, c.code_point) << "U+" << std::hex << static_cast<unsigned>(c.code_point);
    EXPECT_EQ(character.size, c.size) << "U+" << std::hex << static_cast<unsigned>(c.code_point);
  }
}

TEST(Utf8, CountsAByteThatBeginsNothingAsOneReplacement) {
  static constexpr std::string_view cases[] = {
      "\x80",              // a continuation without a lead
      "\xc3",              // cut
      "\xe2\x82",          // cut
      "\xf0\x9f\x98",      // cut
      "\xc3(",             // not continued
      "\xe2\x82(",         // not continued
      "\xc0\xaf",          // overlong
      "\xc1\xbf",          // overlong
      "\xe0\x9f\xbf",      // overlong
      "\xf0\x8f\xbf\xbf",  // overlong
      "\xed\xa0\x80",      // a surrogate
      "\xed\xbf\xbf",      // a surrogate
      "\xf4\x90\x80\x80",  // beyond U+10FFFF
      "\xf5\x80\x80\x80",  // no such lead
      "\xff",
  };
  for (const std::string_view text : cases) {
    const Utf8Character character = first_utf8_character(text);
    EXPECT_EQ(character.code_point, char32_t{0xfffd}) << testing::PrintToString(std::string(text));
    EXPECT_EQ(character.size, 1u) << testing::PrintToString(std::string(text));
  }
}

}  // namespace
}  // namespace pointsman
