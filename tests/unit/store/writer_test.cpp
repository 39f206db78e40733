#include "pointsman/store/writer.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <latch>
#include <thread>

#include "pointsman/store/database.hpp"
#include "temporary_directory.hpp"

namespace pointsman::store {
namespace {

using testing::HasSubstr;

Writer::Change insert(int value) {
  return [value](SQLite::Database& database) { database.exec("INSERT INTO t VALUES (" + std::to_string(value) + ")"); };
}

// A change that is wrong in itself, whatever the machine does.
void refuse(SQLite::Database&) { throw SQLite::Exception("leaves do not fit in here", SQLITE_CONSTRAINT); }

constexpr Milliseconds at_once{0};
constexpr Milliseconds never = std::chrono::hours(1);

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
  EXPECT_EQ(writer.condition().dropped, 0u);
  EXPECT_EQ(writer.condition().cause, "");
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
  EXPECT_EQ(writer.condition().dropped, 3u);
  opened.count_down();
  writer.flush();
  EXPECT_EQ(rows(), 2);
  EXPECT_EQ(writer.condition().dropped, 3u);
}

TEST_F(WriterTest, CountsWhatAChangeWritesByItsWeight) {
  std::latch busy(1);
  std::latch opened(1);
  Writer writer(database(), 10);
  writer.post([&](SQLite::Database&) {
    busy.count_down();
    opened.wait();
  });
  busy.wait();
  writer.post(insert(1), 7);
  writer.post(insert(2), 4);
  EXPECT_EQ(writer.condition().dropped, 4u);
  writer.post(insert(3), 3);
  writer.post(insert(4), 0);
  EXPECT_EQ(writer.condition().dropped, 4u);
  opened.count_down();
  writer.flush();
  EXPECT_EQ(rows(), 3);
  writer.post(refuse, 5);
  writer.flush();
  EXPECT_EQ(writer.condition().dropped, 9u);
}

TEST_F(WriterTest, DropsOnlyTheChangeOfABatchThatFails) {
  std::latch busy(1);
  std::latch opened(1);
  Writer writer(database());
  writer.post([&](SQLite::Database&) {
    busy.count_down();
    opened.wait();
  });
  busy.wait();
  writer.post(insert(1));
  writer.post([](SQLite::Database& database) {
    insert(2)(database);
    refuse(database);
  });
  writer.post(insert(3));
  opened.count_down();
  writer.flush();
  EXPECT_EQ(rows(), 2) << "and nothing of the one that fails";
  EXPECT_EQ(writer.condition().dropped, 1u);
  EXPECT_TRUE(writer.condition().is_failing);
}

TEST_F(WriterTest, RemembersAFailureAndGoesOn) {
  Writer writer(database());
  writer.post(refuse);
  writer.flush();
  EXPECT_THAT(writer.condition().cause, HasSubstr("leaves do not fit in here"));
  EXPECT_THAT(writer.condition().cause, HasSubstr(path));
  EXPECT_TRUE(writer.condition().is_failing);
  writer.post(insert(1));
  writer.flush();
  EXPECT_EQ(rows(), 1);
  EXPECT_NE(writer.condition().cause, "");
  EXPECT_FALSE(writer.condition().is_failing);
  EXPECT_EQ(writer.condition().failures, 1u);
  EXPECT_EQ(writer.condition().dropped, 1u);
}

// Another connection holds the lock.
class LockedWriterTest : public WriterTest {
 protected:
  LockedWriterTest() : other_(database()) { other_.exec("BEGIN IMMEDIATE"); }
  void unlock() { other_.exec("COMMIT"); }

 private:
  SQLite::Database other_;
};

TEST_F(LockedWriterTest, HoldsWhatCannotBeWrittenNowAndTriesAgain) {
  Writer writer(database(), Writer::usual_capacity, at_once);
  writer.post(insert(1));
  writer.flush();
  EXPECT_TRUE(writer.condition().is_failing);
  EXPECT_THAT(writer.condition().cause, HasSubstr("Another process holds it"));
  EXPECT_EQ(writer.condition().dropped, 0u);
  writer.post(insert(2));
  unlock();
  // Nobody asks it to: the pause is over, and it does.
  while (writer.condition().is_failing) std::this_thread::yield();
  writer.flush();
  EXPECT_EQ(rows(), 2);
  EXPECT_EQ(writer.condition().dropped, 0u);
  EXPECT_GE(writer.condition().failures, 1u);
}

TEST_F(LockedWriterTest, HoldsNoMoreThanItMay) {
  Writer writer(database(), 3, never);
  for (int i = 0; i < 3; ++i) writer.post(insert(i));
  writer.flush();
  for (int i = 0; i < 5; ++i) writer.post(insert(10 + i));
  writer.flush();
  EXPECT_EQ(writer.condition().dropped, 5u);
  unlock();
  writer.flush();
  EXPECT_EQ(rows(), 3) << "the oldest, which others may build upon";
  EXPECT_FALSE(writer.condition().is_failing);
}

TEST_F(LockedWriterTest, LooksUpWhileItCannotWrite) {
  Writer writer(database(), Writer::usual_capacity, never);
  writer.post(insert(1));
  writer.flush();
  const auto failures = writer.condition().failures;
  std::latch done(1);
  writer.look_up([&](SQLite::Database& each) {
    EXPECT_EQ(each.execAndGet("SELECT count(*) FROM t").getInt(), 0);
    done.count_down();
  });
  done.wait();
  EXPECT_EQ(writer.condition().failures, failures) << "not tried before its time";
}

TEST_F(LockedWriterTest, GivesUpAtTheEnd) {
  {
    Writer writer(database(), Writer::usual_capacity, never);
    writer.post(insert(1));
    writer.flush();
  }
  unlock();
  EXPECT_EQ(rows(), 0);
}

TEST_F(LockedWriterTest, WritesAtTheEndWhatItHeld) {
  {
    Writer writer(database(), Writer::usual_capacity, never);
    writer.post(insert(1));
    writer.flush();
    unlock();
  }
  EXPECT_EQ(rows(), 1);
}

TEST_F(WriterTest, GoesOnWhenAFullDiskHasSpaceAgain) {
  SQLite::Database full = database();
  full.exec("PRAGMA max_page_count = 1");  // as far as it goes: to what there is
  Writer writer(std::move(full), Writer::usual_capacity, never);
  // More than fits into the pages there are.
  writer.post([](SQLite::Database& each) { each.exec("CREATE TABLE large AS SELECT zeroblob(100000) AS x"); });
  writer.flush();
  EXPECT_THAT(writer.condition().cause, HasSubstr("Free some space"));
  EXPECT_EQ(writer.condition().dropped, 0u);
  writer.read([](SQLite::Database& each) { each.execAndGet("PRAGMA max_page_count = 1000"); });
  writer.flush();
  EXPECT_FALSE(writer.condition().is_failing);
  EXPECT_TRUE(database().tableExists("large"));
}

TEST_F(WriterTest, LooksUpWhatWasPostedBefore) {
  Writer writer(database());
  writer.post(insert(1));
  int found = 0;
  writer.look_up([&](SQLite::Database& each) { found = each.execAndGet("SELECT count(*) FROM t").getInt(); });
  writer.flush();
  EXPECT_EQ(found, 1);
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
  EXPECT_THAT(writer.condition().cause, HasSubstr("no_such_table"));
}

}  // namespace
}  // namespace pointsman::store
