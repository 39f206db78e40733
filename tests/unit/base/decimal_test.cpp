#include "pointsman/base/decimal.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace pointsman {
namespace {

TEST(Decimal, HasRoomForEveryNumber) {
  std::string text = "[";
  append_number(text, std::numeric_limits<std::int64_t>::min());
  text += ' ';
  append_number(text, std::numeric_limits<std::uint64_t>::max());
  text += ' ';
  append_number(text, std::int8_t{-128});
  text += ' ';
  append_number(text, 0);
  EXPECT_EQ(text, "[-9223372036854775808 18446744073709551615 -128 0");
}

}  // namespace
}  // namespace pointsman
