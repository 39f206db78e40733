#include "pointsman/ledger/usage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "pointsman/ledger/ledger.hpp"
#include "pointsman/ledger/report.hpp"
#include "samples.hpp"

namespace pointsman::ledger {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class UsageTest : public testing::Test {
 protected:
  void SetUp() override {
    auto other = chat(100, 50);
    other.key = "team-b";
    other.model = "big";
    other.endpoint = "rack";
    other.time = noon - std::chrono::days(2);
    other.cached_tokens = 40;
    other.reasoning_tokens = 30;
    auto untold = chat(-1, -1);
    untold.duration_us = 9'000;
    untold.ended = observe::Ended::upstream_died;
    untold.origin = Origin::upstream;
    auto refused = chat(-1, -1);
    refused.endpoint = refused.served_model = "";
    refused.model = "made up";
    refused.status = 404;
    refused.ended = observe::Ended::refused;
    refused.origin = Origin::client;
    refused.first_byte_us.reset();
    write({other, chat(), chat(), untold, refused});
  }
  void write(const std::vector<observe::AccessRecord>& records) {
    auto opened = Ledger::open(file_.path(), retention_, noon);
    ASSERT_TRUE(opened) << opened.error().message;
    Batch batch;
    for (const auto& record : records) batch.add(record);
    (*opened)->write(std::move(batch));
    (*opened)->prune(noon);
    (*opened)->flush();
  }
  Usage ask(const Question& question) {
    SQLite::Database database(file_.path(), SQLite::OPEN_READONLY, 5'000);
    return usage(database, question);
  }
  static Question question(std::vector<By> by, std::chrono::hours ago = std::chrono::hours(24 * 7)) {
    return {std::move(by), noon - ago, noon + std::chrono::minutes(1), "", ""};
  }

  TemporaryFile file_;
  Retention retention_;
};

TEST_F(UsageTest, IsToldApartByWhatIsAsked) {
  const auto found = ask(question({By::key, By::model}));
  ASSERT_EQ(found.rows.size(), 3u);
  EXPECT_THAT(found.rows[0].names, ElementsAre("team-a", ""));
  EXPECT_THAT(found.rows[1].names, ElementsAre("team-a", "small"));
  EXPECT_THAT(found.rows[2].names, ElementsAre("team-b", "big"));
  EXPECT_EQ(found.rows[0].sums.errors, 1);
  EXPECT_EQ(found.rows[1].sums.requests, 3);
  EXPECT_EQ(found.rows[1].sums.errors, 1);
  EXPECT_EQ(found.rows[1].sums.without_usage, 1);
  EXPECT_EQ(found.rows[1].sums.input_tokens, 14);
  EXPECT_EQ(found.rows[2].sums.cached_tokens, 40);
  EXPECT_EQ(found.total.sums.requests, 5);
  EXPECT_EQ(found.total.sums.output_tokens, 60);
}

// Not told is not 0.
TEST_F(UsageTest, IsUnknownWhereNobodyToldIt) {
  const auto asked = question({By::model});
  const auto found = ask(asked);
  EXPECT_EQ(found.rows[0].sums.input_tokens, std::nullopt);
  EXPECT_EQ(found.rows[2].sums.input_tokens, 14);
  EXPECT_EQ(found.rows[2].sums.reasoning_tokens, std::nullopt);
  EXPECT_EQ(found.total.sums.reasoning_tokens, 30);
  const auto object = nlohmann::json::parse(json(asked, found));
  EXPECT_EQ(object.at("rows").at(0).at("model"), nullptr);
  EXPECT_EQ(object.at("rows").at(0).at("input_tokens"), nullptr);
  EXPECT_EQ(object.at("rows").at(2).at("reasoning_tokens"), nullptr);
  EXPECT_THAT(csv(asked, found), HasSubstr("\r\n,1,1,,,,,0,10,20,,,2.0,2.0\r\n"));
  // What tells later counts from then on.
  auto told = chat(0, 0);
  told.reasoning_tokens = 0;
  write({told, chat(-1, 1)});
  EXPECT_EQ(ask(asked).rows[2].sums.reasoning_tokens, 0);
  EXPECT_EQ(ask(asked).rows[2].sums.output_tokens, 11);
}

// What a client made up is in no sum; a model that no endpoint could be asked for is.
TEST_F(UsageTest, KnowsTheModelThatNoEndpointWasAskedFor) {
  auto refused = chat(-1, -1);
  refused.endpoint = refused.served_model = "";
  refused.model = "resting";
  refused.is_known_model = true;
  refused.status = 503;
  refused.ended = observe::Ended::refused;
  write({refused});
  const auto found = ask(question({By::model}));
  ASSERT_EQ(found.rows.size(), 4u);
  EXPECT_THAT(found.rows[2].names, ElementsAre("resting"));
  EXPECT_TRUE(found.rows[2].duration);
}

TEST_F(UsageTest, NamesTheKeysThatItHasSeen) {
  auto nobody = chat();
  nobody.key = "";
  write({nobody});
  SQLite::Database database(file_.path(), SQLite::OPEN_READONLY, 5'000);
  EXPECT_THAT(keys_seen(database), ElementsAre("team-a", "team-b"));
}

TEST_F(UsageTest, OfAllTogetherIsOneRow) {
  EXPECT_EQ(ask(question({})).rows.size(), 1u);
  EXPECT_EQ(ask(question({})).rows[0].sums.requests, 5);
  EXPECT_TRUE(ask({{}, noon - std::chrono::days(100), noon - std::chrono::days(50), "", ""}).rows.empty());
}

TEST_F(UsageTest, ShowsDaysAndHoursInUtc) {
  EXPECT_THAT(ask(question({By::day})).rows[0].names, ElementsAre("2026-11-21"));
  EXPECT_THAT(ask(question({By::hour})).rows[1].names, ElementsAre("2026-11-23T10:00Z"));
}

// Endpoints may tell nonsense, and the rest is to be seen all the same.
TEST_F(UsageTest, StaysAtTheMostThatCanBeCounted) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  auto earlier = chat(most, 1);
  earlier.time = noon - std::chrono::hours(1);
  write({chat(most, 1), earlier});
  const auto found = ask(question({By::model}));
  ASSERT_EQ(found.rows.size(), 3u);
  EXPECT_THAT(found.rows[2].names, ElementsAre("small"));
  EXPECT_EQ(found.rows[2].sums.input_tokens, most);
  EXPECT_EQ(found.rows[2].sums.output_tokens, 12);
  EXPECT_EQ(found.total.sums.input_tokens, most);
  EXPECT_EQ(found.total.sums.requests, 7);
}

TEST_F(UsageTest, TakesWholeHours) {
  const auto found = ask(question({By::key}, std::chrono::hours(0)));
  EXPECT_EQ(found.since, noon - std::chrono::minutes(30));
  EXPECT_EQ(found.until, noon + std::chrono::minutes(30));
  EXPECT_EQ(found.total.sums.requests, 4);
}

TEST_F(UsageTest, MayBeOfOneKeyOrOfSomeModels) {
  auto asked = question({By::model});
  asked.key = "team-a";
  EXPECT_EQ(ask(asked).total.sums.requests, 4);
  asked = question({By::key});
  asked.model = "b*";
  EXPECT_EQ(ask(asked).total.sums.requests, 1);
  asked.key = "team-a";
  EXPECT_TRUE(ask(asked).rows.empty());
}

TEST_F(UsageTest, KnowsHowLongTheRequestsTook) {
  const auto found = ask(question({By::model}));
  const auto& small = found.rows[2];
  ASSERT_TRUE(small.duration && small.first_byte);
  EXPECT_EQ(small.duration->median, 2'000);
  EXPECT_EQ(found.total.duration->p95, 2'000);
  EXPECT_FALSE(found.rows[0].first_byte);
}

// Workers hand over their requests one after the other, so what ended earlier may be written later.
TEST_F(UsageTest, FindsRequestsThatWereWrittenLate) {
  auto late = chat();
  late.time = noon - std::chrono::hours(2);
  late.duration_us = 30'000;
  write({late});
  const auto found = ask({{}, noon - std::chrono::hours(2), noon - std::chrono::hours(1), "", ""});
  EXPECT_EQ(found.total.sums.requests, 1);
  ASSERT_TRUE(found.total.duration);
  EXPECT_EQ(found.total.duration->p95, 30'000);
}

TEST_F(UsageTest, ComesFromTheDaysWhereNothingElseIsLeft) {
  retention_ = {.raw = std::chrono::days(1), .hourly = std::chrono::days(1), .daily = std::chrono::days(30)};
  write({});
  const auto found = ask(question({By::key}));
  EXPECT_EQ(found.total.sums.requests, 5);
  EXPECT_EQ(found.since, WallTime(std::chrono::floor<std::chrono::days>(noon - std::chrono::days(7))));
  EXPECT_FALSE(found.total.duration);
}

TEST_F(UsageTest, IsATableForPeople) {
  auto evil = chat();
  evil.model = "\x1b[2Jevil";
  write({evil});
  const auto asked = question({By::model});
  const auto text = table(asked, ask(asked));
  EXPECT_THAT(text, HasSubstr("from 2026-11-16T10:00:00Z to 2026-11-23T11:00:00Z\nMODEL "));
  EXPECT_THAT(text, HasSubstr("\ntotal "));
  const std::string last = "\n1 of 6 requests did not tell what they took: the sums are too low.\n";
  ASSERT_THAT(text, EndsWith(last));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  std::istringstream lines(text.substr(0, text.size() - last.size()));
  std::string line;
  std::getline(lines, line);
  std::size_t size = 0;
  while (std::getline(lines, line)) {
    if (size == 0) size = line.size();
    EXPECT_EQ(line.size(), size) << text;
  }
}

TEST_F(UsageTest, SaysThatThereWasNothing) {
  auto asked = question({By::model});
  asked.key = "nobody";
  EXPECT_EQ(table(asked, ask(asked)), "from 2026-11-16T10:00:00Z to 2026-11-23T11:00:00Z\nno requests\n");
  EXPECT_EQ(nlohmann::json::parse(json(asked, ask(asked))).at("total").at("requests"), 0);
}

TEST_F(UsageTest, IsJsonAndCsvForPrograms) {
  const auto asked = question({By::key, By::day});
  const auto found = ask(asked);
  const auto object = nlohmann::json::parse(json(asked, found));
  EXPECT_EQ(object.at("since"), "2026-11-16T10:00:00Z");
  EXPECT_EQ(object.at("by"), nlohmann::json({"key", "day"}));
  EXPECT_EQ(object.at("rows").at(1).at("key"), "team-b");
  EXPECT_EQ(object.at("rows").at(1).at("day"), "2026-11-21");
  EXPECT_EQ(object.at("rows").at(1).at("reasoning_tokens"), 30);
  EXPECT_EQ(object.at("total").at("requests"), 5);
  EXPECT_EQ(object.at("total").at("duration_ms").at("p50"), 2.0);
  EXPECT_EQ(csv(asked, found).substr(0, csv(asked, found).find('\n') + 1),
            "key,day,requests,errors,input_tokens,cached_tokens,output_tokens,reasoning_tokens,without_usage,bytes_in,"
            "bytes_out,first_byte_p50_ms,first_byte_p95_ms,duration_p50_ms,duration_p95_ms\r\n");
  EXPECT_THAT(csv(asked, found), HasSubstr("team-b,2026-11-21,1,0,100,40,50,30,0,10,20,1.0,1.0,2.0,2.0\r\n"));
}

TEST_F(UsageTest, QuotesWhatWouldBreakCsv) {
  auto odd = chat();
  odd.model = "a,\"b\"";
  write({odd});
  const auto asked = question({By::model});
  EXPECT_THAT(csv(asked, ask(asked)), HasSubstr("\"a,\"\"b\"\"\","));
}

// The names are the clients' own words.
TEST_F(UsageTest, NamesAreNeitherFormulasNorDoTheySteerATerminal) {
  const struct {
    const char* model;
    const char* in_csv;
    const char* in_table;
  } rows[] = {
      {"=cmd()", "\n'=cmd(),", "\n=cmd() "},
      {"+1", "\n'+1,", "\n+1 "},
      {"-1", "\n'-1,", "\n-1 "},
      {"@a", "\n'@a,", "\n@a "},
      {"\t=1", "\n\"'\"\"\\t=1\"\"\",", "\n\"\\t=1\" "},
      {"a=1", "\na=1,", "\na=1 "},
      {"\xc2\x9b", "\n\"\"\"\\u009b\"\"\",", "\n\"\\u009b\" "},
      {"\xe2\x80\xa8", "\n\"\"\"\\u2028\"\"\",", "\n\"\\u2028\" "},
      {"\xe2\x80\xae", "\n\"\"\"\\u202e\"\"\",", "\n\"\\u202e\" "},
      {"\xe2\x81\xa6", "\n\"\"\"\\u2066\"\"\",", "\n\"\\u2066\" "},
      {"\xc3\xbc", "\n\xc3\xbc,", "\n\"\xc3\xbc\" "},
  };
  for (const auto& row : rows) {
    auto odd = chat();
    odd.model = row.model;
    write({odd});
  }
  const auto asked = question({By::model});
  const auto found = ask(asked);
  for (const auto& [model, in_csv, in_table] : rows) {
    EXPECT_THAT(csv(asked, found), HasSubstr(in_csv)) << model;
    EXPECT_THAT(table(asked, found), HasSubstr(in_table)) << model;
  }
}

}  // namespace
}  // namespace pointsman::ledger
