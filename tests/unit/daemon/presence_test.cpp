#include "pointsman/daemon/presence.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iomanip>
#include <optional>

#include "pointsman/daemon/key_changes.hpp"

namespace pointsman::daemon {
namespace {

constexpr MonotonicTime noon{Milliseconds(43'200'000)};
constexpr Milliseconds second{1'000};

class PresenceTest : public testing::Test {
 protected:
  PresenceTest() : directory_(testing::TempDir() + "presence-" + std::to_string(::getpid())) {
    std::filesystem::create_directory(directory_);
  }
  ~PresenceTest() override { std::filesystem::remove_all(directory_); }

  std::string store() const { return directory_ + "/p.db"; }

 private:
  std::string directory_;
};

const std::string of_no_keys = fingerprint({});

TEST_F(PresenceTest, IsSeenByOthersForAsLongAsItLasts) {
  EXPECT_EQ(gateway_at(store()), std::nullopt);
  {
    Presence presence(store());
    EXPECT_EQ(presence.other(), std::nullopt);
    EXPECT_EQ(presence.problem(), "");
    EXPECT_FALSE(presence.look(noon));
    EXPECT_EQ(presence.due(), noon + second);
    EXPECT_EQ(gateway_at(store()), (RunningGateway{::getpid(), ""}));
    presence.tell_keys(of_no_keys);
    EXPECT_EQ(gateway_at(store()), (RunningGateway{::getpid(), of_no_keys}));
  }
  EXPECT_EQ(gateway_at(store()), std::nullopt);
  struct stat status{};
  ASSERT_EQ(::stat((store() + ".lock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(PresenceTest, TheSecondHasThePlaceWhenTheFirstLeaves) {
  std::optional<Presence> first(std::in_place, store());
  first->tell_keys(of_no_keys);
  Presence second_one(store());
  EXPECT_EQ(second_one.other(), (RunningGateway{::getpid(), of_no_keys}));
  second_one.tell_keys(std::string(64, 'a'));
  EXPECT_EQ(gateway_at(store())->keys, of_no_keys);
  EXPECT_FALSE(second_one.look(noon));
  EXPECT_EQ(second_one.due(), noon + second);

  first->leave();
  EXPECT_FALSE(second_one.look(noon + second / 2));
  EXPECT_EQ(gateway_at(store()), std::nullopt);
  EXPECT_TRUE(second_one.look(noon + second));
  EXPECT_EQ(second_one.other(), std::nullopt);
  EXPECT_EQ(gateway_at(store())->keys, std::string(64, 'a'));
  EXPECT_FALSE(second_one.look(noon + 2 * second));
  EXPECT_EQ(first->due(), std::nullopt);
  EXPECT_FALSE(first->look(noon + 2 * second));
  first->tell_keys(of_no_keys);
  EXPECT_EQ(gateway_at(store())->keys, std::string(64, 'a'));
}

TEST_F(PresenceTest, TheSecondFollowsWhoTheFirstIs) {
  const Presence first(store());
  const std::string file = store() + ".lock";
  std::filesystem::resize_file(file, 0);  // as before the first has written into it
  Presence second_one(store());
  EXPECT_EQ(second_one.other(), (RunningGateway{0, ""}));
  EXPECT_FALSE(second_one.look(noon));
  std::ofstream(file) << std::left << std::setw(75) << "4711       0ab" << '\n';
  EXPECT_TRUE(second_one.look(noon + second));
  EXPECT_EQ(second_one.other(), (RunningGateway{4711, "0ab"}));
  EXPECT_FALSE(second_one.look(noon + 2 * second));
}

TEST_F(PresenceTest, IsNothingWhereThereIsNoFile) {
  for (const auto* path : {"", ":memory:"}) {
    Presence presence(path);
    presence.tell_keys(of_no_keys);
    EXPECT_EQ(presence.other(), std::nullopt);
    EXPECT_EQ(presence.problem(), "");
    EXPECT_EQ(presence.due(), std::nullopt);
    EXPECT_FALSE(presence.look(noon));
    EXPECT_EQ(gateway_at(path), std::nullopt);
  }
  EXPECT_FALSE(std::filesystem::exists(":memory:.lock"));
}

TEST_F(PresenceTest, SaysWhyNobodyCanBeTold) {
  EXPECT_EQ(Presence("/nowhere/p.db").problem(), "/nowhere/p.db.lock: No such file or directory");
  const std::string file = store() + ".lock";
  std::filesystem::create_symlink(store() + ".elsewhere", file);
  Presence presence(store());
  presence.tell_keys(of_no_keys);
  EXPECT_EQ(presence.problem(), file + " is a symbolic link");
  EXPECT_EQ(presence.other(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(store() + ".elsewhere"));
  EXPECT_FALSE(presence.look(noon));

  std::filesystem::remove(file);
  EXPECT_FALSE(presence.look(noon + second / 2));
  EXPECT_TRUE(presence.look(noon + second));
  EXPECT_EQ(presence.problem(), "");
  EXPECT_EQ(gateway_at(store()), (RunningGateway{::getpid(), of_no_keys}));
}

// Whoever opens one to read it waits for somebody who writes.
TEST_F(PresenceTest, DoesNotWaitAtAPipe) {
  const std::string file = store() + ".lock";
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_EQ(gateway_at(store()), std::nullopt);
  EXPECT_EQ(Presence(store()).problem(), file + " is no file");
}

TEST_F(PresenceTest, MakesAFileThatIsDeletedAgain) {
  const std::string file = store() + ".lock";
  Presence first(store());
  first.tell_keys(of_no_keys);
  Presence second_one(store());
  std::filesystem::remove(file);
  // The one that waits leaves that to the one that has the place.
  EXPECT_FALSE(second_one.look(noon));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(first.look(noon));
  EXPECT_EQ(gateway_at(store()), (RunningGateway{::getpid(), of_no_keys}));
  EXPECT_FALSE(second_one.look(noon + second));
  EXPECT_EQ(second_one.other(), (RunningGateway{::getpid(), of_no_keys}));

  first.leave();
  EXPECT_TRUE(second_one.look(noon + 2 * second));
  EXPECT_TRUE(gateway_at(store()));
}

TEST_F(PresenceTest, LearnsOfAnotherThatHasItsPlaceByAFileOfItsOwn) {
  Presence first(store());
  std::filesystem::remove(store() + ".lock");
  Presence third(store());
  third.tell_keys(of_no_keys);
  EXPECT_EQ(third.other(), std::nullopt);
  EXPECT_TRUE(first.look(noon));
  EXPECT_EQ(first.other(), (RunningGateway{::getpid(), of_no_keys}));
  EXPECT_FALSE(first.look(noon + second));
}

}  // namespace
}  // namespace pointsman::daemon
