#include "pointsman/access/glob.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace pointsman::access {
namespace {

struct Case {
  std::string_view glob;
  std::string_view text;
  bool matches;
};

TEST(Glob, Matches) {
  static constexpr Case cases[] = {
      {"", "", true},
      {"", "a", false},
      {"a", "", false},
      {"llama3", "llama3", true},
      {"llama3", "Llama3", false},
      {"llama3", "llama3.2", false},
      {"llama3.2", "llama3", false},
      {"llama3.2", "llama3x2", false},
      // Stars.
      {"*", "", true},
      {"*", "anything/at:all", true},
      {"**", "", true},
      {"**", "a", true},
      {"llama*", "llama", true},
      {"llama*", "llama3.2:3b", true},
      {"llama*", "my-llama", false},
      {"*llama", "my-llama", true},
      {"*llama", "llama3", false},
      {"*llama*", "a-llama-b", true},
      {"org/*", "org/model", true},
      {"org/*", "org/a/b", true},
      {"org/*", "org", false},
      {"*:*b", "llama:70b", true},
      {"*:*b", "llama:70", false},
      {"a*b*c", "abc", true},
      {"a*b*c", "axxbyybzc", true},
      {"a*b*c", "acb", false},
      {"a*a", "a", false},
      {"a*a", "aa", true},
      {"*ab", "aab", true},
      {"*aab*b", "aaabaab", true},
      // Question marks.
      {"?", "", false},
      {"?", "a", true},
      {"?", "ab", false},
      {"gpt-?", "gpt-4", true},
      {"gpt-?", "gpt-", false},
      {"gpt-?", "gpt-4o", false},
      {"?*", "", false},
      {"?*", "a", true},
      {"*?", "abc", true},
      {"*?b", "ab", true},
      {"*?b", "b", false},
      {"?", "\xc3\xa9", true},
      {"??", "\xc3\xa9", false},
      {"*??", "\xe2\x82\xac", false},
      {"*??", "\xe2\x82\xac\xf0\x9f\x9a\x82", true},
      {"?x", "\xf0\x9f\x9a\x82x", true},
      // Nothing else is special.
      {"[ab]", "a", false},
      {"[ab]", "[ab]", true},
      {"a\\*", "a*", false},
      {"a*", "a*", true},
      {"a?", "a?", true},
      {std::string_view("a\0b", 3), std::string_view("a\0c", 3), false},
      {std::string_view("a\0*", 3), std::string_view("a\0c", 3), true},
  };
  for (const Case& c : cases) EXPECT_EQ(glob_matches(c.glob, c.text), c.matches) << c.glob << " against " << c.text;
}

TEST(Glob, TakesNoLongerThanGlobTimesText) {
  std::string glob;
  for (int i = 0; i < 100; ++i) glob += "a*";
  const std::string text(20'000, 'a');
  const auto started = std::chrono::steady_clock::now();
  EXPECT_FALSE(glob_matches(glob + "b", text));
  EXPECT_TRUE(glob_matches(glob, text));
  EXPECT_FALSE(glob_matches("*" + std::string(200, 'a') + "b", text));
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
}

}  // namespace
}  // namespace pointsman::access
