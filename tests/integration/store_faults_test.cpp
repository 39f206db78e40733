#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"
#include "support/stateful_server.hpp"

// The disk and the database fail, and serving goes on.
namespace pointsman::test {
namespace {

using testing::HasSubstr;

constexpr std::string_view begins = "the database cannot be written";
constexpr std::string_view ends = "the database can be written again";

std::size_t count(std::string_view text, std::string_view words) {
  std::size_t result = 0;
  for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) ++result;
  return result;
}

class StoreFaults : public testing::Test {
 protected:
  void start() {
    gateway_.emplace(GatewayProcess::Options{
        "workers: 1\nprobe: {interval: 1h, timeout: 20s}\nendpoints:\n" + endpoint("a", server_.url()),
        {},
        home_.path()});
  }
  void start_and_wait() {
    start();
    gateway_->wait_until_ready();
  }

  // Makes something that has an owner, which is to be kept; its id.
  std::string respond() const {
    const auto answer = ask(gateway_->port(), "POST", "/v1/responses", R"({"model":"m","input":"hello"})");
    EXPECT_EQ(answer.status(), 200) << answer.raw;
    return nlohmann::json::parse(answer.body).value("id", "");
  }

  std::set<std::string> owners() const {
    SQLite::Database database(database_path(), SQLite::OPEN_READONLY, 1'000);
    SQLite::Statement rows(database, "SELECT id FROM owners");
    std::set<std::string> ids;
    while (rows.executeStep()) ids.insert(rows.getColumn(0).getString());
    return ids;
  }
  bool is_kept(const std::string& id) const { return owners().contains(id); }

  std::string database_path() const { return home_.path() / "pointsman.db"; }

  StatefulServer server_{"a"};
  TempDirectory home_;
  std::optional<GatewayProcess> gateway_;
};

TEST_F(StoreFaults, AnotherProcessHoldsTheDatabase) {
  start_and_wait();
  ASSERT_TRUE(eventually([&, id = respond()] { return is_kept(id); }));
  std::string id;
  {
    SQLite::Database other(database_path(), SQLite::OPEN_READWRITE, 5'000);
    other.exec("BEGIN EXCLUSIVE");
    id = respond();
    EXPECT_TRUE(gateway_->says(begins)) << gateway_->process().output();
    EXPECT_TRUE(gateway_->shows("pointsman_store_failing 1"));
    // Serving goes on all the while, for what is kept as well.
    EXPECT_EQ(ask(gateway_->port(), "GET", "/v1/responses/" + id).status(), 200);
    for (int i = 0; i < 20; ++i) respond();
    EXPECT_FALSE(is_kept(id));
    other.exec("COMMIT");
  }
  EXPECT_TRUE(gateway_->says(ends)) << gateway_->process().output();
  EXPECT_TRUE(is_kept(id)) << "what could not be written was held";
  EXPECT_TRUE(gateway_->shows("pointsman_store_failing 0"));
  EXPECT_TRUE(gateway_->shows("pointsman_store_dropped_total 0"));
  const auto output = gateway_->process().output();
  EXPECT_EQ(count(output, begins), 1u) << "once, and not for each write";
  EXPECT_EQ(count(output, ends), 1u);
  EXPECT_EQ(gateway_->stop(), 0);
}

TEST_F(StoreFaults, TheDiskIsFull) {
  start_and_wait();
  const rlimit nothing{1, RLIM_INFINITY};
  const rlimit everything{RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(::prlimit(gateway_->process().id(), RLIMIT_FSIZE, &nothing, nullptr), 0);
  const auto id = respond();
  EXPECT_TRUE(gateway_->says(begins)) << gateway_->process().output();
  EXPECT_EQ(ask(gateway_->port(), "GET", "/v1/responses/" + id).status(), 200);
  ASSERT_EQ(::prlimit(gateway_->process().id(), RLIMIT_FSIZE, &everything, nullptr), 0);
  EXPECT_TRUE(gateway_->says(ends)) << gateway_->process().output();
  EXPECT_TRUE(is_kept(id));
  EXPECT_EQ(gateway_->stop(), 0);
}

TEST_F(StoreFaults, ItEndsWhileTheDiskIsFull) {
  start_and_wait();
  const rlimit nothing{1, RLIM_INFINITY};
  ASSERT_EQ(::prlimit(gateway_->process().id(), RLIMIT_FSIZE, &nothing, nullptr), 0);
  respond();
  EXPECT_TRUE(gateway_->says(begins));
  EXPECT_EQ(gateway_->stop(), 0);
}

TEST_F(StoreFaults, TheDatabaseIsDamaged) {
  start_and_wait();
  EXPECT_EQ(gateway_->stop(), 0);
  std::fstream(database_path(), std::ios::in | std::ios::out | std::ios::binary) << std::string(4096, '\x5a');
  start_and_wait();
  EXPECT_TRUE(gateway_->says("the database was damaged; it was moved aside"));
  EXPECT_TRUE(gateway_->says(database_path() + ".corrupt-2"));
  EXPECT_TRUE(eventually([&, id = respond()] { return is_kept(id); })) << "a new one was begun";
}

TEST_F(StoreFaults, TheDatabaseIsDamagedWhileItRuns) {
  start_and_wait();
  respond();
  std::ofstream(database_path() + "-wal", std::ios::trunc) << std::string(100'000, '\x5a');
  std::ofstream(database_path(), std::ios::trunc) << std::string(100'000, '\x5a');
  // SQLite need not notice, as long as it has the pages in memory.
  for (int i = 0; i < 20; ++i) respond();
  EXPECT_EQ(gateway_->stop(), 0);
  start_and_wait();
  EXPECT_TRUE(eventually([&, id = respond()] { return is_kept(id); }));
}

TEST_F(StoreFaults, ItStartsWithADatabaseThatIsHeld) {
  start_and_wait();
  EXPECT_EQ(gateway_->stop(), 0);
  SQLite::Database other(database_path(), SQLite::OPEN_READWRITE, 5'000);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  start_and_wait();
  EXPECT_TRUE(gateway_->says("nothing that is learned is kept"));
  const auto id = respond();
  EXPECT_EQ(ask(gateway_->port(), "GET", "/v1/responses/" + id).status(), 200);
}

TEST_F(StoreFaults, ANewerSchemaIsRefused) {
  start_and_wait();
  EXPECT_EQ(gateway_->stop(), 0);
  SQLite::Database(database_path(), SQLite::OPEN_READWRITE)
      .exec("INSERT INTO schema_migrations VALUES (9999, '9999_future', '', 0)");
  try {
    start();
    ADD_FAILURE() << "it started";
  } catch (const std::exception& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("written by a newer pointsman"));
    EXPECT_THAT(refused.what(), HasSubstr("Use the newer pointsman"));
  }
}

// Killed at any instant, the database opens, and what another process has seen in it is still there. In the ordinary
// tests 10 times; tests/chaos/run --minutes 10 sets POINTSMAN_KILLS=200.
TEST_F(StoreFaults, IsKilledAtAnyInstant) {
  const char* wanted = std::getenv("POINTSMAN_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 10;
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int number = 0; number < kills && !HasFailure(); ++number) {
    start();
    std::set<std::string> seen;
    const auto until = std::chrono::steady_clock::now() + Milliseconds(random() % 150);
    while (std::chrono::steady_clock::now() < until) {
      ask(gateway_->port(), "POST", "/v1/responses", R"({"model":"m","input":"hello"})");
      seen = owners();
    }
    EXPECT_EQ(gateway_->stop(SIGKILL), 128 + SIGKILL);
    SQLite::Database database(database_path(), SQLite::OPEN_READWRITE, 1'000);
    EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok") << "kill " << number;
    const auto left = owners();
    EXPECT_TRUE(std::includes(left.begin(), left.end(), seen.begin(), seen.end())) << "kill " << number;
  }
  start_and_wait();
  EXPECT_EQ(gateway_->process().output().find("was damaged"), std::string::npos);
  EXPECT_NE(respond(), "");
}

}  // namespace
}  // namespace pointsman::test
