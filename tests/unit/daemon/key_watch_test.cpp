#include "pointsman/daemon/key_watch.hpp"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <poll.h>

#include <filesystem>
#include <fstream>

#include "pointsman/store/key_database.hpp"

namespace pointsman::daemon {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::SizeIs;

constexpr WallTime noon{Milliseconds(1'700'000'000'000)};

class KeyWatchTest : public testing::Test {
 protected:
  KeyWatchTest() {
    std::string pattern = (fs::temp_directory_path() / "pointsman-keys-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~KeyWatchTest() override { fs::remove_all(directory_); }

  std::string path() const { return directory_ / "keys.db"; }
  void add(const std::string& name) const {
    const store::KeptToken token{Sha256::of(name), "d", noon};
    ASSERT_TRUE(store::KeyDatabase(path()).add({{.name = name}, noon, {}, {token}}));
  }
  // Whether the watch heard of something and then found other keys or another problem.
  bool sees_change(KeyWatch& watch) {
    pollfd waited{watch.descriptor(), POLLIN, 0};
    if (::poll(&waited, 1, 0) == 1) watch.take_news(now_);
    now_ += FileWatch::calm;
    return watch.look(now_);
  }

  fs::path directory_;
  MonotonicTime now_{std::chrono::hours(1)};
};

TEST_F(KeyWatchTest, NeedsNoDatabase) {
  KeyWatch none("");
  EXPECT_TRUE(none.open());
  EXPECT_EQ(none.descriptor(), -1);
  EXPECT_FALSE(none.due());
  EXPECT_FALSE(none.look(now_));
}

TEST_F(KeyWatchTest, SeesKeysThatComeAndGo) {
  KeyWatch watch(path());
  ASSERT_TRUE(watch.open());
  EXPECT_FALSE(fs::exists(path()));
  EXPECT_FALSE(sees_change(watch));
  add("a");
  EXPECT_TRUE(sees_change(watch));
  EXPECT_THAT(watch.keys(), SizeIs(1));
  EXPECT_FALSE(sees_change(watch));
  ASSERT_TRUE(store::KeyDatabase(path()).revoke("a", noon));
  EXPECT_TRUE(sees_change(watch));
  EXPECT_EQ(watch.keys()[0].revoked_at, noon);
}

// Its own reading is no news, or it would never come to rest.
TEST_F(KeyWatchTest, ComesToRest) {
  add("a");
  KeyWatch watch(path());
  ASSERT_TRUE(watch.open());
  add("b");
  EXPECT_TRUE(sees_change(watch));
  now_ += KeyWatch::between_looks;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(sees_change(watch));
  EXPECT_GT(*watch.due(), now_);
}

// As of a file that is mounted by itself: nothing happens in the directory that is watched.
TEST_F(KeyWatchTest, SeesWhatInotifyDoesNotHearOf) {
  add("a");
  fs::create_directory(directory_ / "elsewhere");
  const fs::path other_name = directory_ / "elsewhere" / "keys.db";
  fs::create_hard_link(path(), other_name);
  KeyWatch watch(path());
  ASSERT_TRUE(watch.open());
  EXPECT_FALSE(watch.look(now_));
  ASSERT_TRUE(store::KeyDatabase(other_name).revoke("a", noon));
  ASSERT_FALSE(watch.look(now_));
  ASSERT_EQ(*watch.due(), now_ + KeyWatch::between_looks);
  EXPECT_TRUE(watch.look(now_ + KeyWatch::between_looks));
  EXPECT_EQ(watch.keys()[0].revoked_at, noon);
}

// The thread that reads has other things to do.
TEST_F(KeyWatchTest, DoesNotWaitLongForALock) {
  add("a");
  KeyWatch watch(path());
  ASSERT_TRUE(watch.open());
  add("b");
  {
    SQLite::Database writer(path(), SQLite::OPEN_READWRITE);
    writer.exec("BEGIN EXCLUSIVE");
    const auto began = std::chrono::steady_clock::now();
    EXPECT_FALSE(sees_change(watch)) << "it may pass";
    EXPECT_EQ(watch.problem(), "");
    now_ += KeyWatch::between_looks;
    EXPECT_TRUE(sees_change(watch));
    EXPECT_THAT(watch.problem(), HasSubstr("locked"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, store::KeyDatabase::usual_patience / 2);
  }
  now_ += KeyWatch::between_looks;
  EXPECT_TRUE(sees_change(watch));
  EXPECT_EQ(watch.problem(), "");
  EXPECT_THAT(watch.keys(), SizeIs(2));
}

TEST_F(KeyWatchTest, RefusesToBeginWithWhatCannotBeRead) {
  std::ofstream(path()) << std::string(8192, 'x');
  KeyWatch watch(path());
  const auto opened = watch.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("backup"));
  EXPECT_EQ(fs::file_size(path()), 8192u);
}

TEST_F(KeyWatchTest, KeepsTheLastKeysWhileTheFileIsDamagedEmptyOrGone) {
  add("a");
  const fs::path good = directory_ / "good";
  fs::copy_file(path(), good);
  KeyWatch watch(path());
  ASSERT_TRUE(watch.open());
  const std::function<void()> faults[] = {
      [&] { std::ofstream(path()) << std::string(8192, 'x'); },
      [&] { fs::remove(path()); },
      [&] { std::ofstream(path()).close(); },
  };
  for (const auto& fault : faults) {
    fault();
    if (!sees_change(watch)) {
      // Somebody may be making the file.
      now_ += KeyWatch::between_looks;
      EXPECT_TRUE(sees_change(watch));
    }
    EXPECT_NE(watch.problem(), "");
    EXPECT_THAT(watch.keys(), SizeIs(1));
    // It is tried again, and said again only when it is something else.
    ASSERT_TRUE(watch.due());
    now_ += KeyWatch::between_looks;
    EXPECT_FALSE(sees_change(watch));
    fs::copy_file(good, directory_ / "new", fs::copy_options::overwrite_existing);
    fs::rename(directory_ / "new", path());
    EXPECT_TRUE(sees_change(watch));
    EXPECT_EQ(watch.problem(), "");
    EXPECT_THAT(watch.keys(), SizeIs(1));
  }
}

}  // namespace
}  // namespace pointsman::daemon
