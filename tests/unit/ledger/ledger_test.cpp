#include "pointsman/ledger/ledger.hpp"

#include <SQLiteCpp/Transaction.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "samples.hpp"

namespace pointsman::ledger {
namespace {

using observe::AccessRecord;
using observe::Background;

class LedgerTest : public testing::Test {
 protected:
  void open(std::size_t capacity = Ledger::usual_capacity) {
    ledger_.reset();
    auto opened = Ledger::open(file_.path(), retention_, noon, capacity);
    ASSERT_TRUE(opened) << opened.error().message;
    ledger_ = std::move(*opened);
  }
  void SetUp() override { open(); }

  void write(const std::vector<AccessRecord>& records) {
    Batch batch;
    for (const auto& record : records) batch.add(record);
    ledger_->write(std::move(batch));
    ledger_->flush();
  }
  std::int64_t number(const std::string& query) {
    SQLite::Database database(file_.path(), SQLite::OPEN_READONLY, 5'000);
    return ledger::number(database, query);
  }
  // The sums are those of the requests.
  void expect_equal_sums() {
    for (const std::string table : {"hours", "days"}) {
      EXPECT_EQ(number("SELECT coalesce(sum(requests), 0) FROM " + table), number("SELECT count(*) FROM requests"));
      for (const std::string column :
           {"input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "bytes_in", "bytes_out"}) {
        const std::string sum = "SELECT coalesce(sum(" + column + "), 0) FROM ";
        EXPECT_EQ(number(sum + table), number(sum + "requests")) << table << " " << column;
      }
    }
  }

  TemporaryFile file_;
  Retention retention_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerTest, KeepsEachRequestAndTheSums) {
  auto untold = chat(-1, -1);
  auto refused = chat(-1, -1);
  refused.endpoint = refused.served_model = "";
  refused.status = 404;
  refused.ended = observe::Ended::refused;
  refused.origin = Origin::client;
  refused.cause = "model_not_found";
  refused.model = "made up";
  auto later = chat(1, 2);
  later.time = noon + std::chrono::hours(1);
  write({chat(), chat(), untold, refused, later});
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 5);
  EXPECT_EQ(number("SELECT count(*) FROM requests WHERE input_tokens IS NULL AND output_tokens IS NULL"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM requests WHERE origin IS NULL AND queue_ms IS NULL AND first_byte_us = 1000"),
            4);
  EXPECT_EQ(number("SELECT count(*) FROM hours"), 3);
  EXPECT_EQ(number("SELECT requests FROM hours WHERE ended = 'complete' AND hour = (SELECT min(hour) FROM hours)"), 3);
  EXPECT_EQ(number("SELECT sum(without_usage) FROM hours"), 1);
  EXPECT_EQ(number("SELECT sum(errors) FROM hours"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM hours WHERE model = 'made up'"), 0);
  EXPECT_EQ(number("SELECT sum(input_tokens) FROM days"), 15);
  expect_equal_sums();
  write({chat()});
  EXPECT_EQ(number("SELECT requests FROM hours WHERE ended = 'complete' AND hour = (SELECT min(hour) FROM hours)"), 4);
  expect_equal_sums();
}

// Most columns say what they said in the row before, which costs no binding.
TEST_F(LedgerTest, KeepsOfEachRequestWhatItWasWhateverCameBefore) {
  AccessRecord other = chat(1, -1);
  other.time = noon + std::chrono::hours(1);
  other.request_id = "req_2";
  other.key = "";
  other.api = "embeddings";
  other.route = "/v1/embeddings";
  other.model = "a name that is longer than a string holds within itself";
  other.served_model = other.endpoint = "";
  other.status = 502;
  other.ended = observe::Ended::failed;
  other.origin = Origin::upstream;
  other.cause = "connection_lost";
  other.attempts = 3;
  other.queued = Milliseconds(0);
  other.first_byte_us = std::nullopt;
  other.duration_us = 0;
  other.bytes_in = other.bytes_out = 0;
  other.stream = true;
  other.cached_tokens = 0;
  other.reasoning_tokens = 4;
  const auto rows = [this] {
    SQLite::Database database(file_.path(), SQLite::OPEN_READONLY, 5'000);
    SQLite::Statement every(database, "SELECT * FROM requests ORDER BY id");
    std::vector<std::vector<std::string>> found;
    while (every.executeStep()) {
      auto& row = found.emplace_back();
      for (int column = 1; column < every.getColumnCount(); ++column) {  // all but the id
        const auto value = every.getColumn(column);
        row.push_back(value.isNull() ? "NULL" : value.getString());
      }
    }
    return found;
  };
  write({chat()});
  write({other});
  const auto alone = rows();
  ASSERT_EQ(alone.size(), 2U);
  for (std::size_t column = 0; column < alone[0].size(); ++column) {
    if (column != 6) EXPECT_NE(alone[0][column], alone[1][column]) << column;  // is_known_model
  }
  write({chat(), chat(), other, other, chat(), other});
  auto together = rows();
  std::sort(together.begin(), together.end());
  auto expected = std::vector<std::vector<std::string>>(4, alone[0]);
  expected.insert(expected.end(), 4, alone[1]);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(together, expected);
}

TEST_F(LedgerTest, CountsABackgroundResponseOnceHoweverOftenItIsFetched) {
  auto begun = chat(-1, -1);
  begun.api = "responses";
  begun.background = Background::begun;
  begun.background_id = "resp_1";
  auto early = chat(-1, -1);
  early.method = "GET";
  early.api = "responses";
  early.model = "";
  early.background = Background::fetched;
  early.background_id = "resp_1";
  auto fetched = early;
  fetched.time = noon + std::chrono::hours(5);
  fetched.input_tokens = 100;
  fetched.output_tokens = 50;
  auto another = fetched;
  another.background_id = "resp_of_a_request_that_told_its_tokens";
  write({begun});
  EXPECT_EQ(number("SELECT sum(without_usage) FROM days"), 1);
  write({early, another});
  EXPECT_EQ(number("SELECT sum(input_tokens) FROM days"), 0);
  write({fetched, fetched});
  write({fetched});
  EXPECT_EQ(number("SELECT sum(input_tokens) FROM days"), 100);
  EXPECT_EQ(number("SELECT sum(requests) FROM days"), 6);
  EXPECT_EQ(number("SELECT sum(without_usage) FROM days"), 0);
  EXPECT_EQ(number("SELECT input_tokens FROM requests ORDER BY id LIMIT 1"), 100);
  EXPECT_EQ(number("SELECT output_tokens FROM hours WHERE model = 'small'"), 50);
  EXPECT_EQ(number("SELECT count(*) FROM background_responses"), 0);
  expect_equal_sums();
}

TEST_F(LedgerTest, TellsTheTokensOfAKeySince) {
  auto yesterday = chat(1'000, 1'000);
  yesterday.time = noon - std::chrono::days(1);
  auto of_another = chat();
  of_another.key = "team-b";
  write({chat(), chat(), yesterday, of_another, chat(-1, 3)});
  EXPECT_EQ(ledger_->tokens_of("team-a", noon), 27u);
  EXPECT_EQ(ledger_->tokens_of("team-a", noon - std::chrono::days(2)), 2'027u);
  EXPECT_EQ(ledger_->tokens_of("nobody", noon), 0u);
}

// As much as there can be is not as if there were nothing.
TEST_F(LedgerTest, TellsMoreTokensThanItCanCount) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  auto later = chat(most, 0);
  later.time = noon + std::chrono::hours(1);
  write({chat(most, 0), later});
  EXPECT_EQ(ledger_->tokens_of("team-a", noon), static_cast<std::uint64_t>(most));
}

TEST_F(LedgerTest, IsFoundAgain) {
  write({chat()});
  open();
  write({chat()});
  EXPECT_EQ(number("SELECT requests FROM hours"), 2);
  expect_equal_sums();
}

TEST_F(LedgerTest, MovesADamagedOneAside) {
  write({chat()});
  ledger_.reset();
  std::ofstream(file_.path(), std::ios::binary) << std::string(8192, 'x');
  open();
  EXPECT_FALSE(ledger_->opening().set_aside.empty());
  EXPECT_TRUE(std::filesystem::exists(ledger_->opening().set_aside));
  write({chat()});
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 1);
}

TEST_F(LedgerTest, HoldsRequestsWhileAnotherHasTheLock) {
  {
    SQLite::Database other(file_.path(), SQLite::OPEN_READWRITE);
    SQLite::Transaction lock(other, SQLite::TransactionBehavior::IMMEDIATE);
    write({chat(), chat()});
    EXPECT_TRUE(ledger_->condition().is_failing);
    EXPECT_EQ(ledger_->condition().dropped, 0u);
    EXPECT_EQ(number("SELECT count(*) FROM requests"), 0);
  }
  ledger_->flush();
  EXPECT_FALSE(ledger_->condition().is_failing);
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 2);
  expect_equal_sums();
}

TEST_F(LedgerTest, DropsAndCountsWhatIsTooMuch) {
  open(3);
  SQLite::Database other(file_.path(), SQLite::OPEN_READWRITE);
  SQLite::Transaction lock(other, SQLite::TransactionBehavior::IMMEDIATE);
  write({chat(), chat()});
  write({chat(), chat()});
  EXPECT_EQ(ledger_->condition().dropped, 2u);
}

TEST_F(LedgerTest, ForgetsWhatIsTooOld) {
  retention_ = {.raw = std::chrono::days(1), .hourly = std::chrono::days(2), .daily = std::chrono::days(3)};
  open();
  std::vector<AccessRecord> records;
  for (int hour = 96; hour >= 0; --hour) {
    records.push_back(chat());
    records.back().time = noon - std::chrono::hours(hour);
  }
  write(records);
  for (int i = 0; i < 200; ++i) ledger_->prune(noon);
  ledger_->flush();
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 25);
  EXPECT_EQ(number("SELECT count(*) FROM hours"), 49);
  EXPECT_EQ(number("SELECT count(*) FROM days"), 4);
}

TEST_F(LedgerTest, RemovesALittleAtATime) {
  SQLite::Database database(file_.path(), SQLite::OPEN_READWRITE);
  write({chat(), chat(), chat()});
  remove_old(database, retention_, noon + std::chrono::days(1'000), 2);
  EXPECT_EQ(ledger::number(database, "SELECT count(*) FROM requests"), 1);
  remove_old(database, retention_, noon + std::chrono::days(1'000), 2);
  EXPECT_EQ(ledger::number(database, "SELECT count(*) FROM requests"), 0);
}

// Numbers never go back, so what came later has numbers of the future.
TEST_F(LedgerTest, ForgetsWhatIsTooOldAfterTheClockWasAhead) {
  retention_ = {.raw = std::chrono::days(1), .hourly = std::chrono::days(2), .daily = std::chrono::days(3)};
  open();
  const auto at = [](WallTime time) {
    auto record = chat();
    record.time = time;
    return record;
  };
  const auto ahead = noon + std::chrono::days(400);
  write({at(ahead)});
  const auto prune = [&](WallTime now) {
    ledger_->prune(now);
    ledger_->flush();
    return number("SELECT count(*) FROM requests");
  };
  EXPECT_EQ(prune(noon), 1) << "whether it was the clock then or is the clock now, nobody knows";
  write({at(noon), at(noon + std::chrono::hours(20))});
  EXPECT_EQ(prune(noon), 2);
  EXPECT_EQ(prune(noon + std::chrono::hours(30)), 1);
  EXPECT_EQ(prune(noon + std::chrono::hours(50)), 0);
}

// More than a number holds.
TEST_F(LedgerTest, SumsEndAtTheLargestNumber) {
  auto record = chat(std::numeric_limits<std::int64_t>::max() / 2 + 1);
  record.endpoint = "liar";
  write({record, record});
  write({record, chat()});
  EXPECT_EQ(ledger_->condition().dropped, 0u);
  EXPECT_EQ(number("SELECT input_tokens FROM hours WHERE endpoint = 'liar'"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 4);
}

TEST_F(LedgerTest, GathersWhatAWorkerRecords) {
  Recorder recorder(ledger_.get());
  recorder.add(chat());
  ledger_->flush();
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 0);
  for (int i = 0; i < 10; ++i) recorder.tick();
  ledger_->flush();
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 1);
  for (int i = 0; i < 1'000; ++i) recorder.add(chat());
  ledger_->flush();
  EXPECT_GT(number("SELECT count(*) FROM requests"), 1);
  recorder.hand_over();
  ledger_->flush();
  EXPECT_EQ(number("SELECT count(*) FROM requests"), 1'001);
  Recorder none(nullptr);
  none.add(chat());
  none.hand_over();
}

}  // namespace
}  // namespace pointsman::ledger
