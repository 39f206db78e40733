#include "pointsman/daemon/key_changes.hpp"

#include <gmock/gmock.h>

#include <set>

namespace pointsman::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime noon{Milliseconds(1'700'000'000'000)};

store::KeptKey kept(const std::string& name) { return {{.name = name}, noon, {}, {{Sha256::of(name), "wxyz", noon}}}; }

TEST(KeyChanges, AreToldByWhatHappened) {
  auto revoked = kept("revoked");
  revoked.revoked_at = noon;
  auto rotated = kept("rotated");
  rotated.tokens.insert(rotated.tokens.begin(), {Sha256::of("new"), "abcd", noon});
  auto changed = kept("changed");
  changed.grants.expires = noon;
  auto unseen = kept("unseen");
  unseen.revoked_at = noon;
  const auto found = key_changes({kept("changed"), kept("gone"), kept("revoked"), kept("rotated"), kept("same")},
                                 {kept("added"), changed, revoked, rotated, kept("same"), unseen});
  EXPECT_THAT(found.added, ElementsAre("added"));
  EXPECT_THAT(found.revoked, ElementsAre("revoked", "unseen"));
  EXPECT_THAT(found.rotated, ElementsAre("rotated"));
  EXPECT_THAT(found.changed, ElementsAre("changed"));
  EXPECT_THAT(found.removed, ElementsAre("gone"));
}

TEST(Fingerprint, IsAnotherOneAfterEachChange) {
  std::set<std::string> seen{fingerprint({}), fingerprint({kept("a")}), fingerprint({kept("a"), kept("b")})};
  auto changed = kept("a");
  changed.revoked_at = noon;
  seen.insert(fingerprint({changed}));
  changed = kept("a");
  changed.grants.expires = noon;
  seen.insert(fingerprint({changed}));
  changed = kept("a");
  changed.tokens.front().expires = noon;
  seen.insert(fingerprint({changed}));
  changed.tokens.insert(changed.tokens.begin(), {Sha256::of("new"), "abcd", noon});
  seen.insert(fingerprint({changed}));
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(fingerprint({kept("a")}), fingerprint({kept("a")}));
}

TEST(KeyChanges, AreNoneWhereNothingHappened) {
  auto revoked = kept("b");
  revoked.revoked_at = noon;
  const auto found = key_changes({kept("a"), revoked}, {kept("a"), revoked});
  for (const auto& list : {found.added, found.revoked, found.rotated, found.changed, found.removed}) {
    EXPECT_THAT(list, IsEmpty());
  }
  EXPECT_TRUE(found.none());
  EXPECT_FALSE(key_changes({kept("a")}, {}).none());
}

}  // namespace
}  // namespace pointsman::daemon
