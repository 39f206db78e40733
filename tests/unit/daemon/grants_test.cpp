#include "pointsman/daemon/grants.hpp"

#include <gmock/gmock.h>

namespace pointsman::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime noon{Milliseconds(1'700'000'000'000)};
constexpr Milliseconds hour{3'600'000};

config::Key in_file(const std::string& name) { return {.name = name, .digest = Sha256::of("file " + name)}; }

store::KeptKey kept(const std::string& name) {
  return {{.name = name}, noon, {}, {{Sha256::of("kept " + name), "d", noon}}};
}

config::Access file(std::vector<config::Key> keys) { return {false, std::move(keys)}; }

TEST(Grants, AreOfTheFileAndOfTheDatabase) {
  const auto grants = grants_of(file({in_file("a")}), {kept("b")});
  ASSERT_EQ(grants.keys.size(), 2u);
  EXPECT_EQ(grants.keys[0], in_file("a"));
  EXPECT_EQ(grants.keys[1].name, "b");
  EXPECT_EQ(grants.keys[1].digest, Sha256::of("kept b"));
  EXPECT_EQ(grants.names, 2u);
  EXPECT_EQ(grants_of({}, {}).names, 0u);
}

TEST(Grants, AKeyOfTheFileHidesOneOfTheDatabase) {
  const std::vector<store::KeptKey> both{kept("a"), kept("b")};
  const auto grants = grants_of(file({in_file("a")}), both);
  ASSERT_EQ(grants.keys.size(), 2u);
  EXPECT_EQ(grants.keys[0].digest, Sha256::of("file a"));
  EXPECT_EQ(grants.keys[1].name, "b");
  EXPECT_EQ(grants.names, 2u);
  EXPECT_THAT(hidden_by(file({in_file("a")}), both), ElementsAre("a"));
  EXPECT_THAT(hidden_by(file({in_file("c")}), both), IsEmpty());
}

TEST(Grants, RevokingTheLastKeyDoesNotOpenTheDoor) {
  auto revoked = kept("a");
  revoked.revoked_at = noon;
  const auto grants = grants_of({}, {revoked});
  EXPECT_THAT(grants.keys, IsEmpty());
  EXPECT_EQ(grants.names, 1u);
  EXPECT_FALSE(access::KeyRing(grants).open());
}

TEST(Grants, ASecretEndsWithItsKeyAtTheLatest) {
  struct Case {
    std::optional<WallTime> key, token, expected;
  };
  for (const auto& [of_key, of_token, expected] : {Case{{}, {}, {}}, Case{noon, {}, noon}, Case{{}, noon, noon},
                                                   Case{noon, noon + hour, noon}, Case{noon + hour, noon, noon}}) {
    auto key = kept("a");
    key.grants.expires = of_key;
    key.tokens[0].expires = of_token;
    EXPECT_EQ(grants_of({}, {key}).keys[0].expires, expected);
  }
}

TEST(Grants, ARotatedKeyHasTwoSecretsAndOneName) {
  auto key = kept("a");
  key.grants.models = {"m"};
  key.tokens.push_back({Sha256::of("old"), "d", noon - hour, noon + hour});
  const auto grants = grants_of({}, {key});
  ASSERT_EQ(grants.keys.size(), 2u);
  EXPECT_EQ(grants.names, 1u);
  EXPECT_EQ(grants.keys[1].digest, Sha256::of("old"));
  EXPECT_EQ(grants.keys[1].expires, noon + hour);
  EXPECT_THAT(grants.keys[1].models, ElementsAre("m"));
}

TEST(Grants, KnowFormerSecretsByName) {
  auto revoked = kept("revoked");
  revoked.revoked_at = noon;
  auto rotated = kept("rotated");
  rotated.tokens.push_back({Sha256::of("old"), "d", noon - hour, noon});
  auto hidden = kept("hidden");
  hidden.revoked_at = noon;
  const auto grants = grants_of(file({in_file("hidden")}), {hidden, revoked, rotated});
  ASSERT_EQ(grants.former.size(), 2u);
  EXPECT_EQ(grants.former[0].name, "revoked");
  EXPECT_EQ(grants.former[0].digest, Sha256::of("kept revoked"));
  EXPECT_EQ(grants.former[1].name, "rotated");
  EXPECT_EQ(grants.former[1].digest, Sha256::of("old"));
}

}  // namespace
}  // namespace pointsman::daemon
