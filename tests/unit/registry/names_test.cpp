#include <gtest/gtest.h>

#include "pointsman/registry/capability.hpp"
#include "pointsman/registry/report.hpp"

namespace pointsman::registry {
namespace {

// The names stand in databases and in answers: one that changes breaks both.
TEST(Names, OfVerdicts) {
  EXPECT_EQ(name(Verdict::unknown), "unknown");
  EXPECT_EQ(name(Verdict::no), "no");
  EXPECT_EQ(name(Verdict::yes), "yes");
}

TEST(Names, OfProvenances) {
  EXPECT_EQ(name(Provenance::none), "none");
  EXPECT_EQ(name(Provenance::profile), "profile");
  EXPECT_EQ(name(Provenance::openapi), "openapi");
  EXPECT_EQ(name(Provenance::probed), "probed");
  EXPECT_EQ(name(Provenance::observed), "observed");
  EXPECT_EQ(name(Provenance::configured), "configured");
}

TEST(Names, OfHealth) {
  EXPECT_EQ(name(Health::unknown), "unknown");
  EXPECT_EQ(name(Health::up), "up");
  EXPECT_EQ(name(Health::loading), "loading");
  EXPECT_EQ(name(Health::busy), "busy");
  EXPECT_EQ(name(Health::auth), "auth");
  EXPECT_EQ(name(Health::down), "down");
}

TEST(Names, LeadBackToTheirEnumerators) {
  for (const auto each : {Verdict::unknown, Verdict::no, Verdict::yes}) EXPECT_EQ(verdict_named(name(each)), each);
  for (const auto each : {Provenance::none, Provenance::profile, Provenance::openapi, Provenance::probed,
                          Provenance::observed, Provenance::configured}) {
    EXPECT_EQ(provenance_named(name(each)), each);
  }
  for (const auto each : {Health::unknown, Health::up, Health::loading, Health::busy, Health::auth, Health::down}) {
    EXPECT_EQ(health_named(name(each)), each);
  }
}

TEST(Names, OfNothingWeKnow) {
  for (const std::string_view text : {"", "YES", "yes ", "maybe", "asleep"}) {
    EXPECT_FALSE(verdict_named(text)) << text;
    EXPECT_FALSE(provenance_named(text)) << text;
    EXPECT_FALSE(health_named(text)) << text;
  }
}

}  // namespace
}  // namespace pointsman::registry
