#include "pointsman/daemon/file_watch.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>
#include <fstream>

namespace pointsman::daemon {
namespace {

namespace fs = std::filesystem;

const MonotonicTime start{std::chrono::hours(1)};

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    std::string pattern = (fs::temp_directory_path() / "pointsman-watch-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~FileWatchTest() override { fs::remove_all(directory_); }

  fs::path path(const std::string& name) const { return directory_ / name; }
  void write(const std::string& name, const std::string& content) const { std::ofstream(path(name)) << content; }

  // Whether anything has happened in its directories; takes note of it.
  static bool hears(FileWatch& watch, MonotonicTime now = start) {
    pollfd waited{watch.descriptor(), POLLIN, 0};
    if (::poll(&waited, 1, 0) != 1) return false;
    watch.take_news(now);
    return true;
  }
  static bool has_changed(FileWatch& watch) { return hears(watch) && watch.has_changed(start + FileWatch::calm); }

  fs::path directory_;
};

TEST_F(FileWatchTest, HearsThatTheFileWasWritten) {
  write("file", "a");
  FileWatch watch(path("file"));
  EXPECT_FALSE(hears(watch));
  EXPECT_FALSE(watch.due());
  write("file", "other");
  EXPECT_TRUE(has_changed(watch));
  EXPECT_FALSE(hears(watch));
}

TEST_F(FileWatchTest, HearsThatAnotherFileTookItsPlace) {
  write("file", "a");
  FileWatch watch(path("file"));
  for (int round = 0; round < 3; ++round) {
    write("new", "b");
    hears(watch);
    fs::rename(path("new"), path("file"));
    EXPECT_TRUE(has_changed(watch));
  }
}

TEST_F(FileWatchTest, HearsThatALinkLeadsElsewhere) {
  // As Kubernetes mounts a ConfigMap: file -> ..data/file, and ..data is replaced.
  fs::create_directory(path("first"));
  fs::create_directory(path("second"));
  write("first/file", "a");
  write("second/file", "a");
  fs::create_symlink("first", path("..data"));
  fs::create_symlink("..data/file", path("file"));
  FileWatch watch(path("file"));
  fs::create_symlink("second", path("..new"));
  fs::rename(path("..new"), path("..data"));
  EXPECT_TRUE(has_changed(watch));
  write("second/file", "other");
  EXPECT_TRUE(has_changed(watch)) << "the new target is watched as well";
}

TEST_F(FileWatchTest, HearsThatADirectoryOnTheWayIsAnotherOne) {
  for (const auto* name : {"first", "second"}) {
    fs::create_directory(path(name));
    write(name + std::string("/file"), name);
  }
  fs::create_symlink("first", path("current"));
  FileWatch watch(path("current/file"));
  fs::create_symlink("second", path("new"));
  fs::rename(path("new"), path("current"));
  EXPECT_TRUE(has_changed(watch));
  // A directory itself.
  FileWatch other(path("second/file"));
  fs::rename(path("second"), path("away"));
  EXPECT_TRUE(has_changed(other));
  fs::create_directory(path("second"));
  write("second/file", "another one");
  EXPECT_TRUE(has_changed(other));
}

TEST_F(FileWatchTest, WatchesWhatItNamesAsWell) {
  fs::create_directory(path("keys"));
  write("file", "a");
  write("keys/one", "a");
  FileWatch watch(path("file"));
  EXPECT_FALSE(watch.also({}));
  const std::vector<std::string> named{path("keys/one"), path("secrets/two")};
  EXPECT_TRUE(watch.also(named));
  EXPECT_FALSE(watch.also(named)) << "it was watched already";
  EXPECT_FALSE(hears(watch));
  write("keys/one", "other");
  EXPECT_TRUE(has_changed(watch));
  EXPECT_FALSE(watch.was_the_file());
  write("file", "other");
  EXPECT_TRUE(has_changed(watch));
  EXPECT_TRUE(watch.was_the_file());
  // One that is not there yet, nor the directory that it is to be in.
  fs::create_directory(path("secrets"));
  EXPECT_FALSE(has_changed(watch));
  write("secrets/two", "b");
  EXPECT_TRUE(has_changed(watch));
  // A change that nobody has looked at yet is not forgotten.
  write("keys/one", "another one");
  EXPECT_FALSE(watch.also(named));
  EXPECT_TRUE(has_changed(watch));

  EXPECT_FALSE(watch.also({path("keys/one")}));
  write("secrets/two", "other");
  EXPECT_FALSE(has_changed(watch)) << "it is not named any more";
}

TEST_F(FileWatchTest, HearsThatAFileMayBeRead) {
  write("file", "a");
  fs::permissions(path("file"), fs::perms::none);
  FileWatch watch(path("file"));
  fs::permissions(path("file"), fs::perms::owner_read);
  EXPECT_TRUE(has_changed(watch));
}

TEST_F(FileWatchTest, HearsThatTheFileComesAndGoes) {
  FileWatch watch(path("file"));
  write("file", "a");
  EXPECT_TRUE(has_changed(watch));
  fs::remove(path("file"));
  EXPECT_TRUE(has_changed(watch));
}

TEST_F(FileWatchTest, IsNotMisledByWhatHappensBesideIt) {
  write("file", "a");
  FileWatch watch(path("file"));
  write("beside", "b");
  EXPECT_TRUE(hears(watch));
  EXPECT_FALSE(watch.has_changed(start + FileWatch::calm));
  EXPECT_FALSE(watch.due());
}

TEST_F(FileWatchTest, SaysOnceWhatChanged) {
  write("file", "a");
  FileWatch watch(path("file"));
  write("file", "other");
  EXPECT_TRUE(has_changed(watch));
  EXPECT_FALSE(watch.has_changed(start + FileWatch::longest_unrest));
  write("file", "another one");
  EXPECT_TRUE(hears(watch));
  watch.look();
  EXPECT_FALSE(watch.due());
  EXPECT_FALSE(watch.has_changed(start + FileWatch::longest_unrest)) << "somebody reads it anyway";
}

TEST_F(FileWatchTest, WaitsUntilItIsCalmButNotForEver) {
  write("file", "a");
  FileWatch watch(path("file"));
  auto now = start;
  for (; now < start + FileWatch::longest_unrest; now += FileWatch::calm / 2) {
    write("file", std::string(static_cast<std::size_t>((now - start).count()) + 2, 'x'));
    ASSERT_TRUE(hears(watch, now));
    ASSERT_FALSE(watch.has_changed(now));
  }
  EXPECT_EQ(watch.due(), start + FileWatch::longest_unrest);
  EXPECT_TRUE(watch.has_changed(now));
}

TEST_F(FileWatchTest, MayHaveNoFile) {
  FileWatch watch("");
  EXPECT_EQ(watch.descriptor(), -1);
  EXPECT_FALSE(watch.has_changed(start));
}

}  // namespace
}  // namespace pointsman::daemon
