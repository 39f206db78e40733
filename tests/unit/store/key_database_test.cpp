#include "pointsman/store/key_database.hpp"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "pointsman/store/database.hpp"
#include "temporary_directory.hpp"

namespace pointsman::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

constexpr WallTime noon{Milliseconds(1'700'000'000'000)};
constexpr Milliseconds hour{3'600'000};

KeptToken token(const std::string& secret, WallTime at = noon) {
  return {Sha256::of(secret), secret.substr(secret.size() - 1), at};
}

KeptKey key(const std::string& name) { return {{.name = name}, noon, {}, {token("secret of " + name)}}; }

class KeyDatabaseTest : public testing::Test {
 protected:
  std::vector<KeptKey> keys() const { return database.read().value(); }
  KeptKey only() const {
    const auto all = keys();
    EXPECT_THAT(all, SizeIs(1));
    return all.front();
  }

  TemporaryDirectory directory;
  KeyDatabase database{directory.file("keys.db")};
};

TEST_F(KeyDatabaseTest, IsThereWithTheFirstKeyOnly) {
  EXPECT_FALSE(database.exists());
  EXPECT_THAT(keys(), SizeIs(0));
  EXPECT_FALSE(database.any().value());
  EXPECT_FALSE(database.revoke("a", noon));
  EXPECT_FALSE(database.exists());
  ASSERT_TRUE(database.add(key("a")));
  EXPECT_TRUE(database.exists());
  EXPECT_TRUE(database.any().value());
}

// No list of keys, and so nobody who may come in without one.
TEST_F(KeyDatabaseTest, WhatIsLeftOfOneIsNoEmptyOne) {
  namespace fs = std::filesystem;
  const struct {
    const char* message;
    std::function<void()> make;
  } rows[] = {
      {"is an empty file", [&] { std::ofstream(database.path()).close(); }},
      {"leads nowhere", [&] { fs::create_symlink("nowhere", database.path()); }},
      {"has no table of keys", [&] { open_database(database.path(), {.holds = Holds::keys}).value(); }},
  };
  for (const auto& [message, make] : rows) {
    make();
    EXPECT_TRUE(database.exists());
    EXPECT_THAT(database.defect(), HasSubstr(message));
    const auto read = database.read();
    ASSERT_FALSE(read) << message;
    EXPECT_THAT(read.error().message, AllOf(HasSubstr(message), HasSubstr("backup")));
    EXPECT_FALSE(database.revoke("a", noon));
    fs::remove(database.path());
  }
  // A key may be made in it.
  std::ofstream(database.path()).close();
  EXPECT_TRUE(database.add(key("a")));
  EXPECT_THAT(keys(), SizeIs(1));
  EXPECT_EQ(database.defect(), "");
}

TEST_F(KeyDatabaseTest, KeepsAllThatIsSaidOfAKey) {
  KeptKey full = key("full");
  full.grants.models = {"llama*", "org/gpt 4?", "ü"};
  full.grants.apis = {"embeddings", "responses"};
  full.grants.permissions = {.admin = true, .metrics = true};
  full.grants.priority = 7;
  full.grants.debug = true;
  full.grants.expires = noon + hour;
  full.grants.limits = {1, 2, 3, 4'000'000'000'000, 5, {{"z:8b*", 1, 0, 3}, {"a*", 0, 2, 0}}};
  ASSERT_TRUE(database.add(full));
  ASSERT_TRUE(database.add(key("bare")));
  const auto all = keys();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0], key("bare"));
  EXPECT_EQ(all[1], full);
}

TEST_F(KeyDatabaseTest, IsForItsOwnerAloneAndLeavesNothingBesideIt) {
  ASSERT_TRUE(database.add(key("a")));
  struct stat status{};
  ASSERT_EQ(::stat(database.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  for (const auto& each : std::filesystem::directory_iterator(directory.path())) {
    EXPECT_EQ(each.path(), database.path());
  }
}

// Root makes a key for the service's user.
TEST_F(KeyDatabaseTest, BelongsToWhomItsDirectoryBelongs) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t somebody = 12'345;
  ASSERT_EQ(::chown(directory.path().c_str(), somebody, somebody), 0);
  ASSERT_TRUE(database.add(key("a")));
  struct stat status{};
  ASSERT_EQ(::stat(database.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, somebody);
  EXPECT_EQ(status.st_gid, somebody);
}

TEST_F(KeyDatabaseTest, ANameIsTakenForEver) {
  ASSERT_TRUE(database.add(key("a")));
  auto other = key("a");
  other.tokens = {token("other secret")};
  auto added = database.add(other);
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message, AllOf(HasSubstr("a key 'a' already"), HasSubstr("keys rotate a")));
  ASSERT_TRUE(database.revoke("a", noon));
  added = database.add(other);
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message, HasSubstr("was revoked, and its name stays taken"));
  EXPECT_EQ(only().tokens, key("a").tokens);
}

TEST_F(KeyDatabaseTest, OfTwoWhoTakeAName) {
  for (int round = 0; round < 10; ++round) {
    const auto name = "k" + std::to_string(round);
    bool won[2] = {};
    {
      const auto take = [&](int which) {
        auto mine = key(name);
        mine.tokens = {token(name + std::to_string(which))};
        won[which] = database.add(mine).has_value();
      };
      const std::jthread one(take, 0);
      const std::jthread two(take, 1);
    }
    ASSERT_NE(won[0], won[1]) << round;
    const auto all = keys();
    ASSERT_THAT(all, SizeIs(round + 1));
    EXPECT_EQ(all.back().tokens[0].digest, Sha256::of(name + (won[0] ? "0" : "1")));
  }
}

TEST_F(KeyDatabaseTest, ARevokedKeyStaysAndStaysRevoked) {
  ASSERT_TRUE(database.add(key("a")));
  EXPECT_EQ(database.revoke("a", noon)->revoked_at, noon);
  EXPECT_EQ(database.revoke("a", noon + hour)->revoked_at, noon);
  EXPECT_TRUE(database.any().value());
  const auto revived = database.rotate("a", token("new"), noon, {});
  ASSERT_FALSE(revived);
  EXPECT_THAT(revived.error().message, HasSubstr("was revoked"));
  const auto unknown = database.revoke("b", noon);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("There is no key 'b'"));
}

TEST_F(KeyDatabaseTest, RotationLetsTheOldSecretLiveOnForTheGrace) {
  ASSERT_TRUE(database.add(key("a")));
  const auto fresh = token("fresh", noon + hour);
  ASSERT_TRUE(database.rotate("a", fresh, noon + 2 * hour, {}));
  ASSERT_THAT(only().tokens, SizeIs(2));
  EXPECT_EQ(only().tokens[0], fresh);
  EXPECT_EQ(only().tokens[1].expires, noon + 2 * hour);
  // A second rotation gives what was on its way out no further time.
  ASSERT_TRUE(database.rotate("a", token("fresher", noon + hour + hour / 2), noon + 5 * hour, {}));
  ASSERT_THAT(only().tokens, SizeIs(3));
  EXPECT_EQ(only().tokens[1].expires, noon + 5 * hour);
  EXPECT_EQ(only().tokens[2].expires, noon + 2 * hour);
}

TEST_F(KeyDatabaseTest, AnExpiredKeyIsRotatedOnlyWithANewEnd) {
  auto ending = key("a");
  ending.grants.expires = noon;
  ASSERT_TRUE(database.add(ending));
  const auto fresh = token("fresh", noon + hour);
  const auto rotated = database.rotate("a", fresh, noon + hour, {});
  ASSERT_FALSE(rotated);
  EXPECT_THAT(rotated.error().message, HasSubstr("--expires"));
  EXPECT_THAT(only().tokens, SizeIs(1));
  ASSERT_TRUE(database.rotate("a", fresh, noon + hour, noon + 9 * hour));
  EXPECT_EQ(only().grants.expires, noon + 9 * hour);
}

// What is not understood is not guessed, and nothing is moved aside or begun anew.
TEST_F(KeyDatabaseTest, RefusesWhatIsDamagedNewerOrNotOurs) {
  ASSERT_TRUE(database.add(key("a")));
  const auto refusal = [&] {
    const auto read = database.read();
    const auto added = database.add(key("b"));
    EXPECT_FALSE(added);
    return read ? std::string() : read.error().message;
  };
  const std::filesystem::path good = directory.file("good");
  std::filesystem::copy_file(database.path(), good);
  const auto restore = [&] {
    std::filesystem::copy_file(good, database.path(), std::filesystem::copy_options::overwrite_existing);
  };
  const auto change = [&](const char* sql) { SQLite::Database(database.path(), SQLite::OPEN_READWRITE).exec(sql); };

  std::ofstream(database.path(), std::ios::binary) << std::string(8192, 'x');
  EXPECT_THAT(refusal(), AllOf(HasSubstr("backup"), HasSubstr(".recover")));
  EXPECT_EQ(std::filesystem::file_size(database.path()), 8192u);
  restore();
  std::filesystem::resize_file(database.path(), 4096);
  EXPECT_THAT(refusal(), HasSubstr("backup"));
  restore();
  change("INSERT INTO schema_migrations VALUES (9, '0009_later', 'x', 0)");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("newer pointsman"), Not(HasSubstr("learned anew"))));
  restore();
  change("UPDATE schema_migrations SET checksum = 'x'");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("other than the one"), Not(HasSubstr("learned anew"))));
  restore();
  change("PRAGMA application_id = 1");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("belongs to another program"), HasSubstr("store.keys")));
  restore();
  change("UPDATE keys SET permissions = 'everything'");
  EXPECT_THAT(refusal(), HasSubstr("unknown permission"));
  restore();
  EXPECT_THAT(keys(), SizeIs(1));
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(directory.path())) ++files;
  EXPECT_EQ(files, 2u);
}

}  // namespace
}  // namespace pointsman::store
