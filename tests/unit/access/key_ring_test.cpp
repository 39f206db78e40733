#include "pointsman/access/key_ring.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::access {
namespace {

config::Key key(std::string name, std::string_view secret, std::vector<std::string> models = {}) {
  return {std::move(name), Sha256::of(secret), std::move(models)};
}

const std::string longest(4096, 'k');

constexpr WallTime now{Milliseconds(1'700'000'000'000)};

KeyRing ring_of(std::vector<config::Key> keys) {
  const auto names = keys.size();
  return KeyRing(Grants{std::move(keys), names});
}

KeyRing ring() {
  return ring_of({key("team-a", "sk-alpha"), key("team-b", "sk-beta"), key("team-c", "with space"),
                  key("long", longest), key("too-long", longest + 'k'), key("empty", "")});
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
    const config::Key* found = keys.verify(c.authorization, c.x_api_key, now);
    EXPECT_EQ(found ? found->name : "", c.name)
        << c.authorization.value_or("(none)").substr(0, 60) << " | " << c.x_api_key.value_or("(none)").substr(0, 60);
  }
}

TEST(KeyRing, IsOpenWhereThereNeverWereKeys) {
  EXPECT_TRUE(KeyRing(Grants()).open());
  EXPECT_FALSE(ring().open());
  EXPECT_EQ(KeyRing(Grants()).verify("Bearer sk-alpha", std::nullopt, now), nullptr);
  // The last one was revoked.
  const KeyRing closed(Grants{{}, 1});
  EXPECT_FALSE(closed.open());
  EXPECT_EQ(closed.verify("Bearer sk-alpha", std::nullopt, now), nullptr);
}

TEST(KeyRing, IsSharedBetweenNamesNotSecrets) {
  EXPECT_FALSE(KeyRing(Grants{{key("a", "old"), key("a", "new")}, 1}).is_shared());
  EXPECT_TRUE(KeyRing(Grants{{key("a", "1")}, 2}).is_shared());
  EXPECT_TRUE(ring().is_shared());
}

TEST(KeyRing, RefusesAKeyFromTheMomentOnInWhichItExpires) {
  auto limited = key("limited", "sk-limited");
  limited.expires = now;
  const auto keys = ring_of({limited, key("other", "sk-other")});
  const auto name = [&](const char* bearer, std::optional<std::string_view> x_api_key, Milliseconds after) {
    const auto* found = keys.verify(bearer, x_api_key, now + after);
    return found == nullptr ? "" : found->name;
  };
  EXPECT_EQ(name("Bearer sk-limited", std::nullopt, Milliseconds(-1)), "limited");
  EXPECT_EQ(name("Bearer sk-limited", std::nullopt, Milliseconds(0)), "");
  EXPECT_EQ(name("Bearer sk-limited", std::nullopt, std::chrono::days(400)), "");
  EXPECT_EQ(name("Bearer sk-limited", "sk-other", Milliseconds(0)), "other");
  EXPECT_EQ(name("Bearer sk-other", std::nullopt, std::chrono::days(400)), "other");
}

TEST(KeyRing, KnowsKeysByTheirNames) {
  auto old_secret = key("rotated", "old");
  old_secret.expires = now;
  auto lasts = key("expired", "x");
  lasts.expires = now + Milliseconds(1);
  Grants grants{{old_secret, key("rotated", "new"), old_secret, lasts}, 3};
  grants.keys[2].name = lasts.name;
  grants.former = {{Sha256::of("old"), "rotated"}, {Sha256::of("gone"), "revoked"}};
  const KeyRing ring(std::move(grants));
  EXPECT_EQ(ring.named("rotated")->digest, Sha256::of("new"));
  EXPECT_EQ(ring.named("expired")->digest, Sha256::of("x"));
  EXPECT_EQ(ring.named("revoked"), nullptr);
  EXPECT_TRUE(ring.was_there("revoked"));
  EXPECT_EQ(ring.named("nobody"), nullptr);
  EXPECT_FALSE(ring.was_there("nobody"));
}

TEST(KeyRing, FindsEachOfManyKeys) {
  std::vector<config::Key> keys;
  for (int i = 0; i < 10'000; ++i) keys.push_back(key("k" + std::to_string(i), "sk-" + std::to_string(i)));
  const auto many = ring_of(std::move(keys));
  for (int i = 0; i < 10'000; ++i) {
    const auto* found = many.verify("Bearer sk-" + std::to_string(i), std::nullopt, now);
    ASSERT_NE(found, nullptr) << i;
    ASSERT_EQ(found->name, "k" + std::to_string(i));
  }
  EXPECT_EQ(many.verify("Bearer sk-10000", std::nullopt, now), nullptr);
}

TEST(KeyRing, TheFirstOfTwoKeysWithOneSecretCounts) {
  EXPECT_EQ(ring_of({key("first", "s"), key("second", "s")}).verify(std::nullopt, "s", now)->name, "first");
}

TEST(KeyRing, HasANumberThatNoOtherRingHasButItsCopies) {
  const auto one = ring();
  const auto other = ring();
  EXPECT_NE(one.number(), other.number());
  const KeyRing copy = one;
  EXPECT_EQ(copy.number(), one.number());
  ASSERT_NE(copy.verify("Bearer sk-alpha", std::nullopt, now), nullptr);
  // Each gives out keys of its own.
  EXPECT_NE(copy.verify("Bearer sk-alpha", std::nullopt, now), one.verify("Bearer sk-alpha", std::nullopt, now));
}

TEST(KeyRing, KnowsWhetherAKeyOfAnEarlierRingIsStillGood) {
  const auto before = ring_of({key("stays", "1"), key("goes", "2"), key("ends", "3")});
  auto narrower = key("stays", "1", {"m"});
  auto ending = key("ends", "3");
  ending.expires = now;
  const auto after = ring_of({narrower, ending});
  const auto find = [&](const char* secret) { return after.find(*before.verify(std::nullopt, secret, now), now); };
  ASSERT_NE(find("1"), nullptr);
  EXPECT_EQ(*find("1"), narrower);
  EXPECT_EQ(find("2"), nullptr);
  EXPECT_EQ(find("3"), nullptr);
}

TEST(KeyRing, LimitsAKeyToItsApis) {
  auto limited = key("k", "s");
  EXPECT_TRUE(may_use_api(limited, "responses"));
  limited.apis = {"embeddings", "responses"};
  EXPECT_TRUE(may_use_api(limited, "responses"));
  EXPECT_TRUE(may_use_api(limited, "embeddings"));
  EXPECT_FALSE(may_use_api(limited, "responses_websocket"));
  EXPECT_FALSE(may_use_api(limited, "chat_completions"));
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

TEST(KeyRing, KnowsWhyAKeyIsRefused) {
  auto expired = key("brief", "sk-brief");
  expired.expires = now;
  Grants grants{{expired, key("team", "sk-team")}, 3};
  grants.former = {{Sha256::of("sk-former"), "former"}, {Sha256::of("sk-rotated"), "team"}};
  const KeyRing ring(grants);
  const struct {
    Case presented;
    std::string_view cause;
  } rows[] = {
      {{std::nullopt, std::nullopt, ""}, "key_missing"},
      {{"", "", ""}, "key_missing"},
      {{"sk-team", std::nullopt, ""}, "key_missing"},
      {{"Bearer wrong", std::nullopt, ""}, "key_unknown"},
      {{std::nullopt, longest + 'k', ""}, "key_unknown"},
      {{"Bearer sk-former", std::nullopt, "former"}, "key_revoked"},
      {{std::nullopt, "sk-rotated", "team"}, "key_revoked"},
      {{"Bearer sk-brief", std::nullopt, "brief"}, "key_expired"},
      {{"Bearer wrong", "sk-brief", "brief"}, "key_expired"},
  };
  for (const auto& [presented, cause] : rows) {
    ASSERT_EQ(ring.verify(presented.authorization, presented.x_api_key, now), nullptr);
    const auto refused = ring.why_refused(presented.authorization, presented.x_api_key, now);
    EXPECT_EQ(refused.cause, cause);
    EXPECT_EQ(refused.key, presented.name);
  }
}

}  // namespace
}  // namespace pointsman::access
