#include "pointsman/store/damage.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "temporary_directory.hpp"

namespace pointsman::store {
namespace {

using testing::HasSubstr;

const WallTime night{Milliseconds(1'700'000'000'000)};

class DamageTest : public testing::Test {
 protected:
  void write(const std::string& suffix, const std::string& text) { std::ofstream(path + suffix) << text; }

  TemporaryDirectory directory;
  std::string path = directory.file("pointsman.db");
};

TEST_F(DamageTest, MovesADatabaseWithItsCompanions) {
  for (const char* each : {"", "-wal", "-shm"}) write(each, "x");
  const auto place = set_aside(path, night);
  ASSERT_TRUE(place) << place.error().message;
  EXPECT_EQ(*place, path + ".corrupt-20231114T221320Z");
  for (const char* each : {"", "-wal", "-shm"}) {
    EXPECT_FALSE(std::filesystem::exists(path + each));
    EXPECT_TRUE(std::filesystem::exists(*place + each));
  }
}

TEST_F(DamageTest, SaysWhatCannotBeMoved) {
  const auto place = set_aside(path, night);
  ASSERT_FALSE(place);
  EXPECT_THAT(place.error().message, HasSubstr("Move it yourself"));
  EXPECT_TRUE(place.error().may_retry) << "the machine is at fault, and serving goes on";
}

TEST_F(DamageTest, TellsWhatMayBeOurs) {
  const std::string magic("SQLite format 3\0", 16);
  const struct {
    std::string what;
    std::string content;
    bool may_be_ours;
  } cases[]{
      {"our own", magic + std::string(52, '\1') + "ptsm" + std::string(4024, '\1'), true},
      {"another program's", magic + std::string(52, '\1') + "foto" + std::string(4024, '\1'), false},
      {"cut before it says whose", magic + std::string(20, '\1'), true},
      {"pages without a header", std::string(2 * 4096, '\0'), true},
      {"a text", "Dear diary, today I learned about databases.\n", false},
      {"empty", "", false},
  };
  for (const auto& each : cases) {
    write("", each.content);
    EXPECT_EQ(may_be_ours(path), each.may_be_ours) << each.what;
  }
  EXPECT_FALSE(may_be_ours(directory.file("nothing")));
  EXPECT_FALSE(may_be_ours(directory.path()));
  const auto pipe = directory.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(may_be_ours(pipe)) << "and does not wait for who writes";
}

}  // namespace
}  // namespace pointsman::store
