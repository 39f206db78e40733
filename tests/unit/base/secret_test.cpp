#include "pointsman/base/secret.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

namespace pointsman {
namespace {

template <class T>
concept Printable = requires(std::ostream& stream, const T& value) { stream << value; };

static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<std::string, Secret>);

TEST(Secret, TellsOnlyWhenAsked) {
  EXPECT_EQ(Secret("key").reveal(), "key");
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_NE(Secret("a"), Secret("b"));
}

// The vectors of FIPS 180-2.
TEST(Sha256, IsTheStandardsDigest) {
  const struct {
    std::string_view text;
    std::string_view digest;
  } rows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
  };
  for (const auto& row : rows) EXPECT_EQ(Sha256::of(row.text).hexadecimal(), row.digest);
}

TEST(Sha256, ReadsWhatItWrites) {
  const auto digest = Sha256::of("key");
  auto capitals = digest.hexadecimal();
  for (auto& c : capitals) c = static_cast<char>(std::toupper(c));
  for (const auto& text : {digest.hexadecimal(), capitals}) {
    Sha256 parsed;
    ASSERT_TRUE(Sha256::parse(text, parsed));
    EXPECT_TRUE(parsed.equals(digest));
  }
}

TEST(Sha256, RefusesWhatIsNoDigest) {
  const auto good = Sha256::of("key").hexadecimal();
  Sha256 parsed;
  EXPECT_FALSE(Sha256::parse("", parsed));
  EXPECT_FALSE(Sha256::parse(good.substr(1), parsed));
  EXPECT_FALSE(Sha256::parse(good + "0", parsed));
  for (const char bad : {'g', ' ', '/', ':', '@', '`', 'G', '\0'}) {
    for (const std::size_t at : {0, 1, 63}) {
      auto text = good;
      text[at] = bad;
      EXPECT_FALSE(Sha256::parse(text, parsed)) << text;
    }
  }
}

TEST(Sha256, DiffersInEveryByte) {
  const auto digest = Sha256::of("key");
  for (std::size_t at = 0; at < 64; ++at) {
    auto text = digest.hexadecimal();
    text[at] = text[at] == '0' ? '1' : '0';
    Sha256 other;
    ASSERT_TRUE(Sha256::parse(text, other));
    EXPECT_NE(other, digest) << at;
  }
}

}  // namespace
}  // namespace pointsman
