#include "pointsman/access/key_ring.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::access {
namespace {

config::Key key(std::string name, std::string_view secret, std::vector<std::string> models = {}) {
  return {std::move(name), Sha256::of(secret), std::move(models)};
}

const std::string longest(4096, 'k');

KeyRing ring() {
  return KeyRing(config::Access{false,
                                {key("team-a", "sk-alpha"), key("team-b", "sk-beta"), key("team-c", "with space"),
                                 key("long", longest), key("too-long", longest + 'k'), key("empty", "")}});
}

struct Case {
  std::optional<std::string> authorization;
  std::optional<std::string> x_api_key;
  std::string_view name;  // empty: refused
};

TEST(KeyRing, VerifiesWhatIsPresented) {
  const Case cases[] = {
      {std::nullopt, std::nullopt, ""},
      {"Bearer sk-alpha", std::nullopt, "team-a"},
      {"Bearer sk-beta", std::nullopt, "team-b"},
      {"Bearer sk-gamma", std::nullopt, ""},
      {"Bearer sk-alph", std::nullopt, ""},
      {"Bearer sk-alphaa", std::nullopt, ""},
      {"Bearer SK-ALPHA", std::nullopt, ""},
      // The scheme and the white space of RFC 9110.
      {"bearer sk-alpha", std::nullopt, "team-a"},
      {"BEARER sk-alpha", std::nullopt, "team-a"},
      {"bEaReR   sk-alpha", std::nullopt, "team-a"},
      {" \tBearer sk-alpha\t ", std::nullopt, "team-a"},
      {"Bearer with space", std::nullopt, "team-c"},
      {"Bearer\tsk-alpha", std::nullopt, ""},
      {"Bearersk-alpha", std::nullopt, ""},
      {"Bearer", std::nullopt, ""},
      {"Bearer ", std::nullopt, ""},
      {"", std::nullopt, ""},
      {" ", std::nullopt, ""},
      {"sk-alpha", std::nullopt, ""},
      {"Basic sk-alpha", std::nullopt, ""},
      {"Bearers sk-alpha", std::nullopt, ""},
      {"Beare sk-alpha", std::nullopt, ""},
      {"Bearer, sk-alpha", std::nullopt, ""},
      // x-api-key has no scheme.
      {std::nullopt, "sk-alpha", "team-a"},
      {std::nullopt, " sk-alpha\t", "team-a"},
      {std::nullopt, "Bearer sk-alpha", ""},
      {std::nullopt, "sk-gamma", ""},
      {std::nullopt, "", ""},
      // Both: either will do, Authorization first.
      {"Bearer sk-alpha", "sk-beta", "team-a"},
      {"Bearer sk-alpha", "wrong", "team-a"},
      {"Bearer wrong", "sk-beta", "team-b"},
      {"Basic dTpw", "sk-beta", "team-b"},
      {"Bearer wrong", "wrong", ""},
      {"", "", ""},
      // Bounds.
      {"Bearer " + longest, std::nullopt, "long"},
      {"Bearer " + longest + 'k', std::nullopt, ""},
      {std::nullopt, longest, "long"},
      {std::nullopt, longest + 'k', ""},
  };
  const KeyRing keys = ring();
  for (const Case& c : cases) {
    const config::Key* found = keys.verify(c.authorization, c.x_api_key);
    EXPECT_EQ(found ? found->name : "", c.name)
        << c.authorization.value_or("(none)").substr(0, 60) << " | " << c.x_api_key.value_or("(none)").substr(0, 60);
  }
}

TEST(KeyRing, IsOpenWithoutKeys) {
  EXPECT_TRUE(KeyRing(config::Access{true, {}}).open());
  EXPECT_TRUE(KeyRing(config::Access{}).open());
  EXPECT_FALSE(ring().open());
  EXPECT_EQ(KeyRing(config::Access{true, {}}).verify("Bearer sk-alpha", std::nullopt), nullptr);
}

TEST(KeyRing, LimitsAKeyToItsModels) {
  const config::Key limited = key("k", "s", {"llama*", "org/gpt-?"});
  EXPECT_TRUE(may_use(limited, "llama3.2:3b"));
  EXPECT_TRUE(may_use(limited, "org/gpt-4"));
  EXPECT_FALSE(may_use(limited, "org/gpt-4o"));
  EXPECT_FALSE(may_use(limited, "gemma"));
  EXPECT_FALSE(may_use(limited, ""));
  EXPECT_TRUE(may_use(key("k", "s"), "gemma"));
}

}  // namespace
}  // namespace pointsman::access
