#include "pointsman/base/hexadecimal.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pointsman {
namespace {

TEST(Hexadecimal, IsWrittenInSmallLetters) {
  constexpr std::array<std::uint8_t, 4> bytes{0x00, 0x09, 0xaf, 0xff};
  EXPECT_EQ(hexadecimal(bytes), "0009afff");
  EXPECT_EQ(hexadecimal({}), "");
}

TEST(Hexadecimal, IsReadInEither) {
  constexpr std::string_view digits = "0123456789abcdefABCDEF";
  for (int c = -128; c < 128; ++c) {
    const auto at = digits.find(static_cast<char>(c));
    const int value = at == std::string_view::npos ? -1 : static_cast<int>(at < 16 ? at : at - 6);
    EXPECT_EQ(hexadecimal_value(static_cast<char>(c)), value) << c;
  }
}

}  // namespace
}  // namespace pointsman
