#include "pointsman/store/database.hpp"

#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "temporary_directory.hpp"

namespace pointsman::store {
namespace {

using testing::HasSubstr;

mode_t mode(const std::string& path) {
  struct stat state{};
  return ::stat(path.c_str(), &state) == 0 ? state.st_mode & 0777 : 0;
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string refusal(const std::string& path, ErrorCode code = ErrorCode::storage) {
  const auto opened = open_database(path, {.patience = Milliseconds(10)});
  if (opened) return "opened";
  EXPECT_EQ(opened.error().code, code);
  EXPECT_EQ(opened.error().origin, Origin::ourselves);
  EXPECT_THAT(opened.error().message, HasSubstr(path)) << "says where";
  return opened.error().message;
}

class DatabaseTest : public testing::Test {
 protected:
  TemporaryDirectory directory;
  std::string path = directory.file("pointsman.db");
};

TEST_F(DatabaseTest, SetsTheConnectionUp) {
  auto opened = open_database(path);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->execAndGet("PRAGMA journal_mode").getString(), "wal");
  EXPECT_EQ(opened->execAndGet("PRAGMA synchronous").getInt(), 1);
  EXPECT_EQ(opened->execAndGet("PRAGMA foreign_keys").getInt(), 1);
  EXPECT_EQ(opened->execAndGet("PRAGMA busy_timeout").getInt(), 5000);
}

TEST_F(DatabaseTest, HidesItsFilesFromOthers) {
  const std::string deeper = directory.file("state") + "/pointsman.db";
  auto opened = open_database(deeper);
  ASSERT_TRUE(opened) << opened.error().message;
  opened->exec("CREATE TABLE t (x)");
  EXPECT_EQ(mode(directory.file("state")), 0700u);
  EXPECT_EQ(mode(deeper), 0600u);
  EXPECT_EQ(mode(deeper + "-wal"), 0600u);
}

TEST_F(DatabaseTest, LeavesTheModeOfAnExistingFileAlone) {
  write(path, "");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  ASSERT_TRUE(open_database(path));
  EXPECT_EQ(mode(path), 0640u);
}

TEST_F(DatabaseTest, OpensItsOwnFileAgain) {
  open_database(path)->exec("CREATE TABLE t (x)");
  auto again = open_database(path);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->tableExists("t"));
}

TEST_F(DatabaseTest, KeepsADatabaseInMemoryOutOfTheFileSystem) {
  auto opened = open_database(":memory:");
  ASSERT_TRUE(opened) << opened.error().message;
  opened->exec("CREATE TABLE t (x)");
  EXPECT_FALSE(std::filesystem::exists(":memory:"));
}

TEST_F(DatabaseTest, RefusesAFileThatIsNoDatabase) {
  const std::string text = "Dear diary, today I learned about databases. " + std::string(2000, '.');
  write(path, text);
  EXPECT_THAT(refusal(path, ErrorCode::invalid_input), HasSubstr("Move the file"));
  EXPECT_EQ(contents(path), text) << "left as it was";
}

TEST_F(DatabaseTest, RefusesADamagedDatabase) {
  {
    auto database = open_database(path);
    database->exec("CREATE TABLE t (x TEXT); CREATE INDEX i ON t (x)");
    SQLite::Statement row(*database, "INSERT INTO t VALUES (?)");
    for (int i = 0; i < 1000; ++i) {
      row.reset();
      row.bind(1, std::to_string(i) + std::string(50, 'x'));
      row.exec();
    }
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(2 * 4096);  // behind the header, so that only reading the tables shows it
  file << std::string(3 * 4096, '\x5a');
  file.close();
  EXPECT_THAT(refusal(path, ErrorCode::invalid_input), HasSubstr("Move the file"));
}

TEST_F(DatabaseTest, RefusesTheDatabaseOfAnotherProgram) {
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE photographs (x)");
  const std::string before = contents(path);
  EXPECT_THAT(refusal(path), HasSubstr("another program"));
  EXPECT_EQ(contents(path), before) << "left as it was";
}

TEST_F(DatabaseTest, RefusesALockedDatabase) {
  ASSERT_TRUE(open_database(path));
  SQLite::Database other(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  const auto opened = open_database(path, {.patience = Milliseconds(10)});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("Another process holds it"));
  EXPECT_TRUE(opened.error().may_retry);
}

TEST_F(DatabaseTest, RefusesADirectory) { EXPECT_THAT(refusal(directory.path()), HasSubstr("is a directory")); }

TEST_F(DatabaseTest, MakesOneDirectoryButNoMore) {
  EXPECT_THAT(refusal(directory.file("a") + "/b/pointsman.db"), HasSubstr("Make it"));
  EXPECT_FALSE(std::filesystem::exists(directory.file("a")));
}

TEST_F(DatabaseTest, RefusesADirectoryThatIsAFile) {
  write(directory.file("state"), "");
  EXPECT_THAT(refusal(directory.file("state") + "/pointsman.db"), HasSubstr("Not a directory"));
}

TEST_F(DatabaseTest, RefusesAnEmptyPath) { EXPECT_THAT(refusal(""), HasSubstr("store.path")); }

// Root may write everywhere, so it becomes nobody for a while.
class Nobody {
 public:
  Nobody() {
    if (::geteuid() == 0) is_root_ = ::seteuid(65534) == 0;
  }
  ~Nobody() {
    if (is_root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool is_root_ = false;
};

TEST_F(DatabaseTest, RefusesAPlaceThatMayNotBeWritten) {
  ASSERT_EQ(::chmod(directory.path().c_str(), 0555), 0);
  const Nobody nobody;
  EXPECT_THAT(refusal(path), HasSubstr("Permission denied"));
  EXPECT_THAT(refusal(path), HasSubstr("store.path"));
}

TEST_F(DatabaseTest, RefusesAFileThatMayNotBeWritten) {
  open_database(path)->exec("CREATE TABLE t (x)");
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(directory.path().c_str(), 0555), 0);
  const Nobody nobody;
  EXPECT_THAT(refusal(path), HasSubstr("Let the user that runs pointsman write"));
}

// As after a power cut in the middle of a change: half of it is in the file, and what was there before beside it.
TEST_F(DatabaseTest, LooksAtNoHalfOfAChange) {
  const auto copy = directory.file("copy.db");
  auto database = open_database(path, {.holds = Holds::keys}).value();
  database.exec("CREATE TABLE t (x)");
  database.exec("INSERT INTO t SELECT zeroblob(4000) FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8))");
  database.exec("PRAGMA cache_size = 1; BEGIN; UPDATE t SET x = randomblob(4000)");
  std::filesystem::copy_file(path, copy);
  std::filesystem::copy_file(path + "-journal", copy + "-journal");
  database.exec("ROLLBACK");

  const auto look = [&] { return open_to_look(copy, Holds::keys).execAndGet("SELECT count(*) FROM t").getInt(); };
  try {
    look();
    ADD_FAILURE() << "half a change was read";
  } catch (const SQLite::Exception& exception) {
    EXPECT_TRUE(was_cut_off(exception)) << exception.what();
  }
  EXPECT_TRUE(std::filesystem::exists(copy + "-journal")) << "it only looks";
  open_database(copy, {.holds = Holds::keys}).value();
  EXPECT_EQ(look(), 8);
}

}  // namespace
}  // namespace pointsman::store
