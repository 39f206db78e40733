#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "pointsman/store/key_database.hpp"
#include "support/gateway_process.hpp"
#include "support/gateway_with_keys.hpp"
#include "support/key_command.hpp"

// What happens to keys when commands race or are killed, and their database is damaged, lost or locked.
namespace pointsman::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

using KeysFaults = GatewayWithKeys;

std::size_t count(std::string_view text, std::string_view words) {
  std::size_t found = 0;
  for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) ++found;
  return found;
}

TEST_F(KeysFaults, OfTwoCommandsThatTakeANameOneWins) {
  const auto config = home_.write("pointsman.yaml", "store: {path: pointsman.db}\n");
  for (int round = 0; round < 5; ++round) {
    Ended ended[2];
    {
      const auto create_one = [&](int which) {
        ended[which] = run_keys("create", config, {"--name", "k" + std::to_string(round)});
      };
      const std::jthread one(create_one, 0);
      const std::jthread two(create_one, 1);
    }
    EXPECT_EQ(ended[0].exit_code + ended[1].exit_code, 1) << ended[0].output << ended[1].output;
    const auto& loser = ended[ended[0].exit_code == 0 ? 1 : 0];
    EXPECT_THAT(loser.output, HasSubstr("already"));
    EXPECT_THAT(tokens_in(loser.output), SizeIs(0));
  }
}

TEST_F(KeysFaults, WhatWasPrintedSurvivesAKill) {
  start();
  std::vector<std::string> printed;
  std::size_t killed = 0;
  for (int round = 0; round < 40; ++round) {
    const auto name = "k" + std::to_string(round);
    ChildProcess command({pointsman_binary().string(), "keys", "create", "--config", file(), "--name", name}, {});
    // At another moment each time; the last ones right behind the secret.
    const Milliseconds until(round);
    command.wait_for_output([](const std::string& text) { return !tokens_in(text).empty(); }, until);
    command.signal(SIGKILL);
    killed += command.wait_for_exit(Milliseconds(20'000)) != 0;
    for (const auto& token : tokens_in(command.output())) printed.push_back(token);
  }
  const auto last = create({"last"});
  printed.push_back(last);
  EXPECT_GT(killed, 0u);
  for (const auto& token : printed) EXPECT_EQ(status(token), 200);
  // One that was killed while it made the database left an empty one, of which the gateway warns until the next one.
  EXPECT_TRUE(gateway_->shows("pointsman_key_database_failing 0"));
}

TEST_F(KeysFaults, ADamagedDatabaseIsNoOpenDoor) {
  start();
  const auto token = create({"team"});
  fs::copy_file(keys_db(), home_.path() / "good");
  std::ofstream(keys_db(), std::ios::binary) << std::string(8192, 'x');
  EXPECT_TRUE(gateway_->says("the database of keys cannot be read"));
  EXPECT_EQ(status(token), 200);
  EXPECT_EQ(status(""), 401);
  EXPECT_TRUE(gateway_->shows("pointsman_key_database_failing 1"));
  EXPECT_THAT(operations("/readyz?verbose").body, HasSubstr("is not a database"));
  EXPECT_THAT(run_keys("create", file(), {"--name", "x"}).output, AllOf(HasSubstr("backup"), Not(HasSubstr("pm_"))));
  gateway_->stop();

  const auto refused = run_command({"serve", "--config", file(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("keys.db"), HasSubstr("backup"), HasSubstr(".recover")));
  EXPECT_EQ(fs::file_size(keys_db()), 8192u);
  gateway_.reset();
  upstream_.reset();
  fs::copy_file(home_.path() / "good", keys_db(), fs::copy_options::overwrite_existing);
  start();
  EXPECT_EQ(status(token), 200);
  EXPECT_EQ(status(""), 401);
}

TEST_F(KeysFaults, ALostDatabaseIsNoOpenDoor) {
  start("access: open\n");
  const auto token = create({"team"});
  gateway_->stop();
  fs::rename(keys_db(), home_.path() / "good");
  const auto serve = [&] { return run_command({"serve", "--config", file(), "--listen", "127.0.0.1:0"}); };
  auto refused = serve();
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("There were keys"), HasSubstr("backup"), HasSubstr("--forget-keys")));
  EXPECT_FALSE(fs::exists(keys_db()));
  std::ofstream(keys_db()).close();
  refused = serve();
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("is an empty file"), HasSubstr("backup")));
  fs::rename(home_.path() / "good", keys_db());
  gateway_.reset();
  upstream_.reset();
  start("access: open\n");
  EXPECT_EQ(status(token), 200);
  EXPECT_EQ(status(""), 401);

  gateway_->stop();
  fs::remove(keys_db());
  for (const auto& arguments : {std::vector<std::string>{"--forget-keys"}, {}}) {
    GatewayProcess::Options options;
    options.home = home_.path();
    options.arguments = arguments;
    gateway_.emplace(options);
    EXPECT_EQ(get("/v1/models").status(), 200) << "it is open to everybody again, and stays so";
    gateway_->stop();
  }
}

// Nothing tells it: the file has another name, by which it is changed.
TEST_F(KeysFaults, AreRefusedOnceRevokedBehindItsBack) {
  start();
  const std::map<std::string, std::string> tokens{{"one", create({"one"})}, {"two", create({"two"})}};
  const TempDirectory elsewhere;
  const fs::path other_name = elsewhere.path() / "keys.db";
  fs::create_hard_link(keys_db(), other_name);
  const auto store = (elsewhere.path() / "pointsman.db").string();
  for (const auto& [name, token] : tokens) {
    ASSERT_EQ(status(token), 200);
    ASSERT_EQ(run_command({"keys", "revoke", name, "--store", store}).exit_code, 0);
    EXPECT_TRUE(soon_becomes(401, token)) << name;
  }
}

// The thread that waits for a lock cannot end the gateway, and lets the watchdog starve.
TEST_F(KeysFaults, ALockStopsNothing) {
  start();
  create({"team"});
  SQLite::Database writer(keys_db(), SQLite::OPEN_READWRITE);
  writer.exec("BEGIN EXCLUSIVE");
  const auto began = std::chrono::steady_clock::now();
  fs::last_write_time(keys_db(), fs::file_time_type::clock::now());
  EXPECT_TRUE(gateway_->says("the database of keys cannot be read"));
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, store::KeyDatabase::usual_patience);
}

TEST_F(KeysFaults, ThatTheyCanBeReadAgainIsNoChange) {
  start();
  const auto token = create({"team"});
  ASSERT_TRUE(becomes(200, token));
  const auto changes = [&] { return count(gateway_->process().output(), "the keys have changed"); };
  const auto before = changes();
  SQLite::Database writer(keys_db(), SQLite::OPEN_READWRITE);
  writer.exec("BEGIN EXCLUSIVE");
  fs::last_write_time(keys_db(), fs::file_time_type::clock::now());
  ASSERT_TRUE(gateway_->says("the database of keys cannot be read"));
  writer.exec("ROLLBACK");
  EXPECT_TRUE(gateway_->says("the database of keys can be read again; no key has changed"));
  EXPECT_EQ(changes(), before);
}

}  // namespace
}  // namespace pointsman::test
