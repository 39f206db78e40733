#include "pointsman/config/problem.hpp"

#include <gtest/gtest.h>

namespace pointsman::config {
namespace {

TEST(Problem, PrintsAsEditorsReadIt) {
  EXPECT_EQ(text(error_at({3, 14}, "is wrong"), "p.yaml"), "p.yaml:3:14: is wrong");
  EXPECT_EQ(text(warning_at({3, 14}, "is odd"), "p.yaml"), "p.yaml:3:14: warning: is odd");
  EXPECT_EQ(text(error_at({}, "is not there"), "p.yaml"), "p.yaml: is not there");
}

TEST(Quote, IsShortAndSafeForATerminal) {
  EXPECT_EQ(quote("plain"), "`plain`");
  EXPECT_EQ(quote("a\x1b[2Jb\nc\x7f"), "`a?[2Jb?c?`");
  EXPECT_EQ(quote(std::string(64, 'a')), "`" + std::string(64, 'a') + "`");
  EXPECT_EQ(quote(std::string(65, 'a')), "`" + std::string(64, 'a') + "...`");
  EXPECT_EQ(quote(std::string(63, 'a') + "\xc3\xbc"), "`" + std::string(63, 'a') + "...`") << "no half characters";
}

}  // namespace
}  // namespace pointsman::config
