#include "pointsman/ownership/directory.hpp"

#include <gtest/gtest.h>

#include <map>

namespace pointsman::ownership {
namespace {

using namespace std::chrono_literals;

// Answers at once, from a map.
class MapArchive final : public Archive {
 public:
  void keep(const std::string& id, const Owner& owner) override { owners[id] = owner; }
  void find(const std::string& id, Done done) override {
    ++questions;
    const auto found = owners.find(id);
    done(found == owners.end() ? std::nullopt : std::optional(found->second));
  }

  std::map<std::string, Owner> owners;
  int questions = 0;
};

class DirectoryTest : public testing::Test {
 protected:
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
  EXPECT_EQ(directory_.find("resp_1"), (Owner{"gpu", "alice", clock_.wall() + 24h}));
  EXPECT_EQ(directory_.find("resp_2"), std::nullopt);
  EXPECT_EQ(archive_.owners.at("resp_1"), (Owner{"gpu", "alice", clock_.wall() + 24h}));
}

TEST_F(DirectoryTest, NobodyComesByWhatIsAnothers) {
  directory_.learn("resp_1", "gpu", "alice");
  directory_.learn("resp_1", "gpu", "bob");
  EXPECT_EQ(directory_.find("resp_1")->key, "alice");
  EXPECT_EQ(archive_.owners.at("resp_1").key, "alice");
  directory_.learn("resp_1", "cpu", "alice");
  EXPECT_EQ(directory_.find("resp_1")->endpoint, "cpu") << "the last endpoint counts";
  clock_.advance(24h);
  directory_.learn("resp_1", "gpu", "bob");
  EXPECT_EQ(directory_.find("resp_1")->key, "bob");
}

TEST_F(DirectoryTest, ForgetsTheLeastRecentlyUsedFirst) {
  for (const std::string id : {"a", "b", "c"}) directory_.learn(id, "gpu", "");
  directory_.find("a");
  directory_.learn("d", "gpu", "");
  EXPECT_TRUE(directory_.find("a"));
  EXPECT_FALSE(directory_.find("b"));
  EXPECT_TRUE(directory_.find("c"));
  EXPECT_TRUE(directory_.find("d"));
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
  EXPECT_TRUE(directory_.find("a"));
  clock_.advance(1ms);
  EXPECT_FALSE(directory_.find("a"));
  EXPECT_FALSE(archived("a"));
  EXPECT_FALSE(directory_.find("a"));
}

TEST_F(DirectoryTest, StaysWithinItsBoundWhateverComes) {
  for (int i = 0; i < 10'000; ++i) directory_.learn("id" + std::to_string(i), "gpu", "");
  int known = 0;
  for (int i = 0; i < 10'000; ++i) known += directory_.find("id" + std::to_string(i)).has_value() ? 1 : 0;
  EXPECT_EQ(known, 3);
}

}  // namespace
}  // namespace pointsman::ownership
