#include "pointsman/base/json_string.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pointsman {
namespace {

struct Case {
  std::string_view text;
  std::string_view json;
};

TEST(JsonString, EscapesWhatIsNotVisibleText) {
  static constexpr Case cases[] = {
      {"", R"("")"},
      {"llama3.2:3b", R"("llama3.2:3b")"},
      {"org/model", R"("org/model")"},
      {R"(say "hi" \ bye)", R"("say \"hi\" \\ bye")"},
      {"a\nb\rc\td", R"("a\nb\rc\td")"},
      {std::string_view("a\0b", 3), R"("a\u0000b")"},
      {"\x1b[31m", R"("\u001b[31m")"},
      {"\x7f", R"("\u007f")"},
      {"\xc2\x9b", R"("\u009b")"},
      {"\xe2\x80\xae|\xe2\x81\xa6|\xe2\x80\xaf", "\"\\u202e|\\u2066|\xe2\x80\xaf\""},
      {"\xe2\x80\xa8|\xe2\x80\xa9", R"("\u2028|\u2029")"},
      {"Gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\x82", "\"Gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\x82\""},
      {"a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
  };
  for (const Case& c : cases) EXPECT_EQ(json_string(c.text), c.json);
}

TEST(JsonString, GivesBackEveryCharacter) {
  for (char32_t code_point = 0; code_point < 0x3000; ++code_point) {
    std::string text = "<";
    if (code_point < 0x80) {
      text += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
      text += static_cast<char>(0xc0 | (code_point >> 6));
      text += static_cast<char>(0x80 | (code_point & 0x3f));
    } else {
      text += static_cast<char>(0xe0 | (code_point >> 12));
      text += static_cast<char>(0x80 | ((code_point >> 6) & 0x3f));
      text += static_cast<char>(0x80 | (code_point & 0x3f));
    }
    text += '>';
    ASSERT_EQ(nlohmann::json::parse(json_string(text)).get<std::string>(), text);
  }
}

TEST(JsonString, StaysValidForAnyTwoBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const char text[] = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_TRUE(nlohmann::json::accept(json_string({text, 2}))) << first << ' ' << second;
    }
  }
}

TEST(JsonString, AppendsBehindWhatIsThere) {
  std::string out = "{\"model\":";
  append_json_string(out, "x");
  EXPECT_EQ(out, R"({"model":"x")");
}

}  // namespace
}  // namespace pointsman
