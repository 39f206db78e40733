#include "pointsman/store/migrator.hpp"

#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "pointsman/store/database.hpp"
#include "temporary_directory.hpp"

namespace pointsman::store {
namespace {

using testing::HasSubstr;

constexpr WallTime noon{Milliseconds(1'700'000'000'000)};

constexpr Migration first{1, "0001_trains", "CREATE TABLE trains (name TEXT PRIMARY KEY) STRICT"};
constexpr Migration second{2, "0002_wagons", "CREATE TABLE wagons (train TEXT REFERENCES trains (name)) STRICT"};
constexpr Migration second_rewritten{2, "0002_wagons", "CREATE TABLE wagons (id INTEGER) STRICT"};
constexpr Migration broken{2, "0002_broken", "CREATE TABLE wagons (id INTEGER) STRICT; CREATE TABLE trains (x)"};
constexpr Migration dangling{3, "0003_dangling", "INSERT INTO wagons VALUES ('no such train')"};
constexpr Migration rebuild{3, "0003_rebuild", R"(
CREATE TABLE trains_new (name TEXT PRIMARY KEY, colour TEXT) STRICT;
INSERT INTO trains_new (name) SELECT name FROM trains;
DROP TABLE trains;
ALTER TABLE trains_new RENAME TO trains)"};

class MigratorTest : public testing::Test {
 protected:
  Result<Migrated> run(std::vector<Migration> all, WallTime now = noon) { return migrate(database, all, now); }

  Migrated done(std::vector<Migration> all) {
    auto result = run(std::move(all));
    if (result) return *result;
    ADD_FAILURE() << result.error().message;
    return {};
  }

  std::string refusal(std::vector<Migration> all) {
    const auto result = run(std::move(all));
    if (result) return "migrated";
    EXPECT_EQ(result.error().code, ErrorCode::storage);
    EXPECT_THAT(result.error().message, HasSubstr(path));
    return result.error().message;
  }

  int count(const std::string& table) { return database.execAndGet("SELECT count(*) FROM " + table).getInt(); }

  TemporaryDirectory directory;
  std::string path = directory.file("pointsman.db");
  SQLite::Database database = open_database(path).value();
};

TEST_F(MigratorTest, BuildsANewDatabaseWithoutACopy) {
  const Migrated result = done({first, second});
  EXPECT_EQ(result.from, 0);
  EXPECT_EQ(result.to, 2);
  EXPECT_EQ(result.backup, "");
  EXPECT_TRUE(database.tableExists("trains"));
  EXPECT_TRUE(database.tableExists("wagons"));
  EXPECT_EQ(database.execAndGet("PRAGMA foreign_keys").getInt(), 1);
}

TEST_F(MigratorTest, WritesDownWhatItDid) {
  done({first});
  SQLite::Statement row(database, "SELECT version, name, checksum, applied_at FROM schema_migrations");
  ASSERT_TRUE(row.executeStep());
  EXPECT_EQ(row.getColumn(0).getInt(), 1);
  EXPECT_EQ(row.getColumn(1).getString(), "0001_trains");
  // From sha256sum, of the text of the migration.
  EXPECT_EQ(row.getColumn(2).getString(), "68ee83723876e50934a6f84b7fee658d40731d933a0b6704dc9699ad299f029f");
  EXPECT_EQ(row.getColumn(3).getInt64(), 1'700'000'000'000);
  EXPECT_FALSE(row.executeStep());
}

TEST_F(MigratorTest, DoesNothingTheSecondTime) {
  done({first, second});
  const Migrated again = done({first, second});
  EXPECT_EQ(again.from, 2);
  EXPECT_EQ(again.to, 2);
  EXPECT_EQ(again.backup, "");
  EXPECT_EQ(count("schema_migrations"), 2);
}

TEST_F(MigratorTest, CopiesAnExistingDatabaseBeforeItChangesIt) {
  done({first});
  database.exec("INSERT INTO trains VALUES ('express')");
  const Migrated result = done({first, second});
  EXPECT_EQ(result.from, 1);
  EXPECT_EQ(result.to, 2);
  ASSERT_EQ(result.backup, path + ".schema-1.backup");

  auto copy = open_database(result.backup);
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(copy->execAndGet("SELECT name FROM trains").getString(), "express");
  EXPECT_FALSE(copy->tableExists("wagons"));
  EXPECT_EQ(std::filesystem::status(result.backup).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(MigratorTest, ReplacesAnOlderCopy) {
  open_database(path + ".schema-1.backup")->exec("CREATE TABLE leftover (x)");
  done({first});
  auto copy = open_database(done({first, second}).backup);
  EXPECT_FALSE(copy->tableExists("leftover"));
  EXPECT_TRUE(copy->tableExists("trains"));
}

TEST_F(MigratorTest, DoesNotChangeADatabaseThatItCannotCopy) {
  done({first});
  std::filesystem::create_directory(path + ".schema-1.backup");
  EXPECT_THAT(refusal({first, second}), HasSubstr("Cannot back up"));
  EXPECT_FALSE(database.tableExists("wagons"));
}

TEST_F(MigratorTest, RefusesANewerSchema) {
  done({first, second});
  const std::string message = refusal({first});
  EXPECT_THAT(message, HasSubstr("has schema 2"));
  EXPECT_THAT(message, HasSubstr("knows schemas up to 1"));
  EXPECT_THAT(message, HasSubstr("Use the newer pointsman"));
}

TEST_F(MigratorTest, RefusesASchemaThatAnotherTextMade) {
  done({first, second});
  EXPECT_THAT(refusal({first, second_rewritten}), HasSubstr("Schema 2"));
}

TEST_F(MigratorTest, LeavesNothingOfAMigrationThatFails) {
  done({first});
  EXPECT_THAT(refusal({first, broken}), HasSubstr("0002_broken"));
  EXPECT_FALSE(database.tableExists("wagons"));
  EXPECT_EQ(count("schema_migrations"), 1);
}

TEST_F(MigratorTest, MakesANewDatabaseWholeOrNotAtAll) {
  EXPECT_THAT(refusal({first, broken}), HasSubstr("0002_broken"));
  EXPECT_FALSE(database.tableExists("trains"));
  EXPECT_EQ(count("schema_migrations"), 0);
  EXPECT_EQ(done({first, second}).from, 0);
}

TEST_F(MigratorTest, RefusesAMigrationThatLeavesRowsReferringToNothing) {
  done({first, second});
  EXPECT_THAT(refusal({first, second, dangling}), HasSubstr("0003_dangling"));
  EXPECT_EQ(count("wagons"), 0);
}

TEST_F(MigratorTest, RebuildsATableWithoutLosingWhatRefersToIt) {
  done({first, second});
  database.exec("INSERT INTO trains VALUES ('express'); INSERT INTO wagons VALUES ('express')");
  done({first, second, rebuild});
  EXPECT_EQ(count("trains"), 1);
  EXPECT_EQ(count("wagons"), 1);
}

TEST(Migrations, AreNumberedFromOneWithoutGaps) {
  for (const auto& all : {migrations(), migrations_of_keys()}) {
    ASSERT_FALSE(all.empty());
    int expected = 1;
    for (const auto& each : all) EXPECT_EQ(each.version, expected++) << each.name;
  }
}

TEST(Migrations, CarryTheirFilesWhole) {
  const auto compare = [](std::span<const Migration> all, const std::string& directory) {
    for (const auto& each : all) {
      std::ifstream file(std::string(POINTSMAN_SOURCE_DIR) + directory + std::string(each.name) + ".sql");
      std::ostringstream text;
      text << file.rdbuf();
      EXPECT_EQ(each.sql, text.str()) << each.name;
    }
  };
  compare(migrations(), "/migrations/");
  compare(migrations_of_keys(), "/migrations/keys/");
}

}  // namespace
}  // namespace pointsman::store
