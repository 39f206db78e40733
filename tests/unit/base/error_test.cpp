#include "pointsman/base/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace pointsman {
namespace {

TEST(ErrorNames, AreThereAndDiffer) {
  std::set<std::string_view> codes;
  for (auto code = static_cast<int>(ErrorCode::invalid_input); code <= static_cast<int>(ErrorCode::internal); ++code) {
    EXPECT_TRUE(codes.insert(name(static_cast<ErrorCode>(code))).second) << code;
  }
  EXPECT_EQ(name(ErrorCode::connection_lost), "connection_lost");
  EXPECT_EQ(name(Origin::client), "client");
  EXPECT_EQ(name(Origin::upstream), "upstream");
  EXPECT_EQ(name(Origin::ourselves), "ourselves");
}

TEST(Result, AskingAnErrorForItsValueThrowsItsMessage) {
  const Result<int> result = Error{ErrorCode::timeout, Origin::upstream, true, "took too long"};
  EXPECT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::timeout);
  try {
    static_cast<void>(result.value());
    FAIL() << "it had no value";
  } catch (const std::logic_error& thrown) {
    EXPECT_EQ(std::string(thrown.what()).substr(0, 13), "took too long");
  }
}

}  // namespace
}  // namespace pointsman
