#include "pointsman/config/indentation.hpp"

#include <gtest/gtest.h>

#include "loading.hpp"

namespace pointsman::config {
namespace {

TEST(Indentation, IsExplainedWhereItIsWrong) {
  const std::string tab = ": this line begins with a tab; YAML takes only spaces there";
  const auto columns = [](int line, int mine, int above, int other, const std::string& what) {
    return std::to_string(line) + ":" + std::to_string(mine) + ": this line begins in column " + std::to_string(mine) +
           ", and line " + std::to_string(above) + " in column " + std::to_string(other) +
           "; what belongs together begins in the same column, " + what;
  };
  const std::string keys = "each key of an entry";
  const struct {
    std::string yaml;
    std::string expected;
  } rows[] = {
      {"endpoints:\n\t- name: a\n", "2:1" + tab},
      {"endpoints:\n  - name: a\n\turl: x\n", "3:1" + tab},
      {"log:\n  \tlevel: info\n", "2:3" + tab},
      {"endpoints:\n  - name: a\n     url: x\n", columns(3, 6, 2, 5, keys)},
      {"endpoints:\n  - name: a\n   url: x\n", columns(3, 4, 2, 5, keys)},
      {"endpoints:\n  - name: a\n\n    # its place\n  url: x\n", columns(5, 3, 2, 5, keys)},
      {"log:\n  level: info\n format: text\n", columns(3, 2, 2, 3, keys)},
      {"endpoints:\n - name: a\n   url: x\n  - name: b\n", columns(4, 3, 2, 2, "each `-` of a list")},
      {"endpoints:\n  - name: a\n - name: b\n", columns(3, 2, 2, 3, "each `-` of a list")},
  };
  for (const auto& [yaml, expected] : rows) {
    const auto found = problems(load(yaml));
    ASSERT_FALSE(found.empty()) << yaml;
    EXPECT_EQ(found.front(), expected) << yaml;
  }
}

TEST(Indentation, IsNotBlamedForOtherThings) {
  EXPECT_FALSE(wrong_indentation("a: b: c\n", 1));
  EXPECT_FALSE(wrong_indentation("a: 1\nb: {x\n", 2));
  EXPECT_FALSE(wrong_indentation("a:  # here\n  b: c: d\n", 2));
  EXPECT_FALSE(wrong_indentation("a:\n  b:\n    c: 1\n  d: e: f\n", 4));
  EXPECT_FALSE(wrong_indentation("a:\n  - b: 1\n    c: 2\n  - d: e: f\n", 4));
  EXPECT_FALSE(wrong_indentation("a:\n - b: 1\nc:\n    - d: e: f\n", 4));
  EXPECT_FALSE(wrong_indentation("a: 1\n", 7));
  EXPECT_FALSE(wrong_indentation("", 0));
}

}  // namespace
}  // namespace pointsman::config
