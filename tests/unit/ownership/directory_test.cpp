#include "pointsman/ownership/directory.hpp"

#include <gtest/gtest.h>

#include <map>

namespace pointsman::ownership {
namespace {

using namespace std::chrono_literals;

// Answers at once, from a map.
class MapArchive final : public Archive {
 public:
  void keep(const std::string& id, const Owner& owner, WallTime now) override {
    const auto before = owners.find(id);
    const bool is_anothers =
        before != owners.end() && before->second.key != owner.key && before->second.expires_at > now;
    if (!is_anothers && !refuses) owners[id] = owner;
  }
  void find(const std::string& id, Done done) override {
    ++questions;
    const auto found = owners.find(id);
    done(found == owners.end() ? std::nullopt : std::optional(found->second));
  }

  std::map<std::string, Owner> owners;
  int questions = 0;
  bool refuses = false;
};

class DirectoryTest : public testing::Test {
 protected:
  // As a request looks for it.
  std::optional<Owner> known(const std::string& id) {
    auto result = directory_.find(id);
    return result ? result : archived(id);
  }
  std::optional<Owner> archived(const std::string& id) {
    std::optional<Owner> result;
    directory_.find_archived(id, [&](std::optional<Owner> owner) { result = std::move(owner); });
    return result;
  }

  ManualClock clock_;
  MapArchive archive_;
  Directory directory_{clock_, {.lasts = 24h, .most = 3}, archive_};
};

TEST_F(DirectoryTest, KnowsWhatItLearned) {
  directory_.learn("resp_1", "gpu", "alice");
  const Owner owner{"gpu", "alice", clock_.wall() + 24h};
  EXPECT_EQ(known("resp_1"), owner);
  EXPECT_EQ(directory_.find("resp_1"), owner) << "the archive is asked once";
  EXPECT_EQ(known("resp_2"), std::nullopt);
  EXPECT_EQ(archive_.owners.at("resp_1"), owner);
}

TEST_F(DirectoryTest, NobodyComesByWhatIsAnothers) {
  directory_.learn("resp_1", "gpu", "alice");
  directory_.learn("resp_1", "gpu", "bob");
  EXPECT_EQ(known("resp_1")->key, "alice");
  directory_.learn("resp_1", "cpu", "alice");
  EXPECT_EQ(known("resp_1")->endpoint, "cpu") << "the last endpoint counts";
  clock_.advance(24h);
  directory_.learn("resp_1", "gpu", "bob");
  EXPECT_EQ(known("resp_1")->key, "bob");
}

TEST_F(DirectoryTest, NorByWhatIsForgottenInMemory) {
  for (const std::string id : {"a", "b", "c", "d"}) directory_.learn(id, "gpu", "alice");
  directory_.learn("a", "gpu", "bob");
  EXPECT_EQ(directory_.find("a"), std::nullopt) << "not before the archive was asked";
  EXPECT_EQ(known("a")->key, "alice");
}

TEST_F(DirectoryTest, WhatTheArchiveCannotTakeIsKnownInMemory) {
  archive_.refuses = true;
  directory_.learn("a", "gpu", "alice");
  EXPECT_EQ(known("a")->endpoint, "gpu");
}

TEST_F(DirectoryTest, ForgetsTheLeastRecentlyUsedFirst) {
  for (const std::string id : {"a", "b", "c"}) directory_.learn(id, "gpu", "");
  for (const std::string id : {"b", "c", "a"}) known(id);
  directory_.learn("d", "gpu", "");
  EXPECT_TRUE(directory_.find("a"));
  EXPECT_FALSE(directory_.find("b"));
  EXPECT_TRUE(directory_.find("c"));
}

TEST_F(DirectoryTest, TheArchiveKnowsTheRest) {
  for (const std::string id : {"a", "b", "c", "d"}) directory_.learn(id, "gpu", "");
  ASSERT_FALSE(directory_.find("a"));
  EXPECT_EQ(archived("a")->endpoint, "gpu");
  EXPECT_TRUE(directory_.find("a")) << "what was asked for stays in memory";
  EXPECT_EQ(archive_.questions, 1);
  EXPECT_FALSE(archived("e"));
}

TEST_F(DirectoryTest, NothingOutlivesItsExpiry) {
  directory_.learn("a", "gpu", "");
  clock_.advance(24h - 1ms);
  EXPECT_TRUE(known("a"));
  clock_.advance(1ms);
  EXPECT_FALSE(known("a"));
  EXPECT_FALSE(directory_.find("a"));
}

TEST_F(DirectoryTest, StaysWithinItsBoundWhateverComes) {
  for (int i = 0; i < 1'000; ++i) directory_.learn("id" + std::to_string(i), "gpu", "");
  archive_.owners.clear();
  int in_memory = 0;
  for (int i = 0; i < 1'000; ++i) in_memory += archived("id" + std::to_string(i)).has_value() ? 1 : 0;
  EXPECT_EQ(in_memory, 3);
}

}  // namespace
}  // namespace pointsman::ownership
