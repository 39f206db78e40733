#include "pointsman/registry/known_names.hpp"

#include <gtest/gtest.h>

namespace pointsman::registry {
namespace {

TEST(KnownNames, KeepTheirNumbers) {
  KnownNames names;
  const auto first = names.number("a");
  const auto second = names.number("b");
  EXPECT_NE(first, second);
  EXPECT_EQ(names.number("a"), first);
  EXPECT_EQ(names.name(first), "a");
  EXPECT_EQ(names.name(second), "b");
  EXPECT_EQ(names.number(""), KnownNames::none);
  EXPECT_EQ(names.name(KnownNames::none), "");
}

TEST(KnownNames, HaveOneNumberForOther) {
  KnownNames names;
  EXPECT_EQ(names.number("other"), KnownNames::other);
}

TEST(KnownNames, ThatFindNoRoomAreOne) {
  KnownNames names;
  for (std::size_t i = 0; i < KnownNames::most; ++i) names.number("model-" + std::to_string(i));
  EXPECT_EQ(names.number("one more"), KnownNames::other);
  EXPECT_EQ(names.name(KnownNames::other), "other");
  EXPECT_EQ(names.name(names.number("model-0")), "model-0");
}

}  // namespace
}  // namespace pointsman::registry
