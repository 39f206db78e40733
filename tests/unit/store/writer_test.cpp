#include "pointsman/store/writer.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <latch>

#include "pointsman/store/database.hpp"
#include "temporary_directory.hpp"

namespace pointsman::store {
namespace {

using testing::HasSubstr;

Writer::Change insert(int value) {
  return [value](SQLite::Database& database) { database.exec("INSERT INTO t VALUES (" + std::to_string(value) + ")"); };
}

void refuse(SQLite::Database&) { throw SQLite::Exception("the disk is full of leaves", SQLITE_FULL); }

class WriterTest : public testing::Test {
 protected:
  WriterTest() { open_database(path)->exec("CREATE TABLE t (x INTEGER)"); }

  SQLite::Database database() { return open_database(path).value(); }
  int rows() { return database().execAndGet("SELECT count(*) FROM t").getInt(); }

  TemporaryDirectory directory;
  std::string path = directory.file("pointsman.db");
};

TEST_F(WriterTest, HasWrittenEverythingAfterAFlush) {
  Writer writer(database());
  for (int i = 0; i < 100; ++i) writer.post(insert(i));
  writer.flush();
  EXPECT_EQ(rows(), 100);
  EXPECT_EQ(writer.dropped(), 0u);
  EXPECT_EQ(writer.last_error(), "");
}

TEST_F(WriterTest, FlushesWhenNothingWasPosted) {
  Writer writer(database());
  writer.flush();
  writer.flush();
  EXPECT_EQ(rows(), 0);
}

TEST_F(WriterTest, WritesWhatIsQueuedWhenItEnds) {
  std::latch opened(1);
  {
    Writer writer(database());
    writer.post([&opened](SQLite::Database&) { opened.wait(); });
    for (int i = 0; i < 100; ++i) writer.post(insert(i));
    opened.count_down();
  }
  EXPECT_EQ(rows(), 100);
}

TEST_F(WriterTest, DropsAndCountsWhatAFullQueueCannotTake) {
  std::latch busy(1);
  std::latch opened(1);
  Writer writer(database(), 2);
  writer.post([&](SQLite::Database&) {
    busy.count_down();
    opened.wait();
  });
  busy.wait();  // from here on the queue is empty, and stays as it is filled
  for (int i = 0; i < 5; ++i) writer.post(insert(i));
  EXPECT_EQ(writer.dropped(), 3u);
  opened.count_down();
  writer.flush();
  EXPECT_EQ(rows(), 2);
  EXPECT_EQ(writer.dropped(), 3u);
}

TEST_F(WriterTest, WritesABatchWholeOrNotAtAll) {
  std::latch busy(1);
  std::latch opened(1);
  Writer writer(database());
  writer.post([&](SQLite::Database&) {
    busy.count_down();
    opened.wait();
  });
  busy.wait();
  writer.post(insert(1));
  writer.post(refuse);
  opened.count_down();
  writer.flush();
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(writer.dropped(), 2u);
}

TEST_F(WriterTest, RemembersAFailureAndGoesOn) {
  Writer writer(database());
  writer.post(refuse);
  writer.flush();
  EXPECT_THAT(writer.last_error(), HasSubstr("the disk is full of leaves"));
  EXPECT_THAT(writer.last_error(), HasSubstr(path));
  EXPECT_THAT(writer.last_error(), HasSubstr("Free some space"));
  writer.post(insert(1));
  writer.flush();
  EXPECT_EQ(rows(), 1);
  EXPECT_NE(writer.last_error(), "");
}

TEST_F(WriterTest, GoesOnAfterAnotherProcessHeldTheLock) {
  SQLite::Database other = database();
  Writer writer(open_database(path, Milliseconds(10)).value());
  other.exec("BEGIN IMMEDIATE");
  writer.post(insert(1));
  writer.flush();
  EXPECT_THAT(writer.last_error(), HasSubstr("Another process holds it"));
  other.exec("COMMIT");
  writer.post(insert(2));
  writer.flush();
  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterTest, ReadsWhatWasPostedBefore) {
  Writer writer(database());
  writer.post(insert(1));
  int found = 0;
  writer.read([&](SQLite::Database& each) { found = each.execAndGet("SELECT count(*) FROM t").getInt(); });
  EXPECT_EQ(found, 1);
}

TEST_F(WriterTest, RemembersWhatCouldNotBeRead) {
  Writer writer(database());
  writer.read([](SQLite::Database& each) { each.execAndGet("SELECT x FROM no_such_table"); });
  EXPECT_THAT(writer.last_error(), HasSubstr("no_such_table"));
}

}  // namespace
}  // namespace pointsman::store
