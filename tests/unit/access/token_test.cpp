#include "pointsman/access/token.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace pointsman::access {
namespace {

// Made apart from the code, with Python: the number 2^256 - 1, zero, and 1, each with zlib.crc32 behind it.
constexpr const char* highest = "pm_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13O60ZR";
constexpr const char* zero = "pm_00000000000000000000000000000000000000000000L1nE5";
constexpr const char* one = "pm_00000000000000000000000000000000000000000011rFoMF";

TEST(Token, HasTheFormThatScannersLookFor) {
  const std::regex form("pm_[0-9A-Za-z]{49}");
  for (int i = 0; i < 100; ++i) {
    const auto token = new_token();
    EXPECT_EQ(token.reveal().size(), token_size);
    EXPECT_TRUE(std::regex_match(token.reveal(), form));
    EXPECT_TRUE(is_token(token.reveal()));
  }
}

TEST(Token, IsAnotherOneEachTime) {
  std::set<std::string> all;
  std::set<char> firsts;
  for (int i = 0; i < 1'000; ++i) {
    const auto token = new_token();
    all.insert(token.reveal());
    firsts.insert(token.reveal()[token_prefix.size()]);
  }
  EXPECT_EQ(all.size(), 1'000u);
  EXPECT_GT(firsts.size(), 30u);  // of the 61 that a number below 2^256 can begin with
}

TEST(Token, IsToldFromWhatOnlyLooksLikeOne) {
  for (const auto* right : {highest, zero, one}) EXPECT_TRUE(is_token(right)) << right;
  const std::string token = new_token().reveal();
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(is_token(changed)) << i;
  }
  for (const auto& wrong : {std::string(), std::string("pm_"), token.substr(1), token.substr(0, token.size() - 1),
                            token + "0", std::string(token_size, 'a'), "sk" + token.substr(2)}) {
    EXPECT_FALSE(is_token(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace pointsman::access
