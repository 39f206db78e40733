#include "pointsman/config/characters.hpp"

#include <gtest/gtest.h>

namespace pointsman::config {
namespace {

using namespace std::string_view_literals;

constexpr auto none = std::string_view::npos;

TEST(FindUnfit, FindsControlCharactersAndBadUtf8) {
  const struct {
    std::string_view text;
    std::size_t expected;
  } rows[] = {
      {"", none},
      {"plain ~", none},
      {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x9a\x82", none},
      {"\xf4\x8f\xbf\xbf", none},
      {"\xc2\xa0", none},
      {"a\nb", 1},
      {"ab\0"sv, 2},
      {"\x7f", 0},
      {"\xc2\x9b", 0},          // U+009B begins a terminal's control sequence
      {"a\x80", 1},             // continues nothing
      {"\xc0\xaf", 0},          // "/" in two bytes
      {"\xe0\x80\xaf", 0},      // "/" in three bytes
      {"\xf0\x80\x80\xaf", 0},  // "/" in four bytes
      {"\xed\xa0\x80", 0},      // a surrogate
      {"\xf4\x90\x80\x80", 0},  // beyond Unicode
      {"\xf5\x80\x80\x80", 0},  // beyond Unicode
      {"x\xc3", 1},             // cut off
      {"x\xe2\x82", 1},         // cut off
      {"x\xf0\x9f\x9a", 1},     // cut off
      {"\xe2\x28\xa1", 0},      // the second byte continues nothing
  };
  for (const auto& row : rows) EXPECT_EQ(find_unfit(row.text), row.expected) << testing::PrintToString(row.text);
}

TEST(FindUnfit, LetsThroughWhatIsAllowed) {
  EXPECT_EQ(find_unfit("a\t\r\nb", "\t\r\n"), none);
  EXPECT_EQ(find_unfit("a\t\r\nb", "\t"), 2u);
}

TEST(IsVisibleAscii, IsWhatAHeaderCarries) {
  EXPECT_TRUE(is_visible_ascii("sk-!~09azAZ"));
  for (const auto text : {"a b", "a\r\nb", "\t", "\x7f", "\xc3\xbc"}) EXPECT_FALSE(is_visible_ascii(text)) << text;
}

}  // namespace
}  // namespace pointsman::config
