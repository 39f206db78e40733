#include "pointsman/base/percent_encoding.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace pointsman {
namespace {

TEST(PercentDecoding, HappensOnceAndLeavesTheRest) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", ""},     {"a%20b", "a b"}, {"%2f%2F", "//"}, {"%", "%"},
      {"%2", "%2"}, {"%zz", "%zz"},   {"%2%41", "%2A"}, {"%2541", "%41"},
  };
  for (const auto& [text, decoded] : cases) EXPECT_EQ(percent_decoded(text), decoded) << text;
}

TEST(PercentEncoding, LeavesWhatIsUnreservedAndComesBack) {
  EXPECT_EQ(percent_encoded("org/m:3b v1.~_-&"), "org%2Fm%3A3b%20v1.~_-%26");
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  EXPECT_EQ(percent_decoded(percent_encoded(every_byte)), every_byte);
}

}  // namespace
}  // namespace pointsman
