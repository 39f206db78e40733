#include "pointsman/base/request_id.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace pointsman {
namespace {

TEST(RequestIds, HaveTheFormThatClientsSee) {
  RequestIds ids;
  const auto id = ids.next();
  EXPECT_TRUE(std::regex_match(std::string(id.text()), std::regex("req_[0-9a-f]{32}"))) << id.text();
}

// Two workers, or a worker before and after a restart.
TEST(RequestIds, AreUniqueWithinAndBetweenGenerators) {
  RequestIds one;
  RequestIds other;
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(seen.emplace(one.next().text()).second);
    EXPECT_TRUE(seen.emplace(other.next().text()).second);
  }
}

}  // namespace
}  // namespace pointsman
