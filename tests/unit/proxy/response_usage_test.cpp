#include "pointsman/proxy/response_usage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace pointsman::proxy {
namespace {

using payload::Count;
using payload::Usage;

enum class What : std::uint8_t { began, ended, failed, error };

struct Heard {
  Usage usage;
  What what;

  bool operator==(const Heard&) const = default;
};

class Noted final : public SessionAccount {
 public:
  std::optional<http::ErrorAnswer> refusal_of(const CreateMessage&, std::string_view, std::size_t) override {
    return std::nullopt;
  }
  void let_in(bool) override {}
  bool must_hear() const override { return false; }
  void response_began() override { heard.push_back({{}, What::began}); }
  void response_ended(const Usage& usage, bool failed) override {
    heard.push_back({usage, failed ? What::failed : What::ended});
  }
  void error_told(const Usage& usage) override { heard.push_back({usage, What::error}); }

  std::vector<Heard> heard;
};

Usage usage(Count input, Count output, Count cached = {}, Count total = {}) {
  return {input, output, cached, {}, {}, total};
}

struct Row {
  std::string name;
  std::string message;
  std::vector<Heard> heard;
};

std::vector<Row> rows() {
  const std::string told = R"("usage":{"input_tokens":7,"output_tokens":5})";
  const std::string filling(2'000, 'x');
  return {
      {"a whole response",
       R"({"type":"response.completed","response":{"id":"r",)" + told + "}}",
       {{usage(Count(7), Count(5)), What::ended}}},
      {"the type at the end",
       R"({"response":{"text":")" + filling + "\"," + told + R"(},"type":"response.incomplete"})",
       {{usage(Count(7), Count(5)), What::ended}}},
      {"a long one",
       R"({"type":"response.completed","response":{"text":")" + filling + "\"," + told + "}}",
       {{usage(Count(7), Count(5)), What::ended}}},
      {"spaces",
       "{ \"type\" :\n\"response.completed\" , \"response\":{ " + told + "}}",
       {{usage(Count(7), Count(5)), What::ended}}},
      {"a failed one",
       R"({"type":"response.failed","response":{)" + told + "}}",
       {{usage(Count(7), Count(5)), What::failed}}},
      {"one that tells none", R"({"type":"response.completed","response":{"usage":null}})", {{Usage(), What::ended}}},
      {"an error", R"({"type":"error","status":400,"error":{"code":"x"}})", {{Usage(), What::error}}},
      {"an error with what it took", R"({"type":"error",)" + told + "}", {{usage(Count(7), Count(5)), What::error}}},
      {"of Realtime",
       R"({"type":"response.done","event_id":"e","response":{"status":"cancelled","usage":{"total_tokens":12,)"
       R"("input_tokens":7,"output_tokens":5,"input_token_details":{"cached_tokens":4,)"
       R"("cached_tokens_details":{"text_tokens":9}},"output_token_details":{"text_tokens":5}}}})",
       {{usage(Count(7), Count(5), Count(4), Count(12)), What::ended}}},
      {"of one that listens",
       R"({"type":"transcription.done","text":"hello","usage":{"prompt_tokens":7,"completion_tokens":5}})",
       {{usage(Count(7), Count(5)), What::ended}}},
      {"what begins one", R"({"type":"response.created","response":{)" + told + "}}", {{Usage(), What::began}}},
      {"what is no end", R"({"type":"response.output_text.delta","delta":"x",)" + told + "}", {}},
      {"one whose type is late", R"({"delta":")" + filling + "\"," + told + R"(,"type":"response.in_progress"})", {}},
      {"one of another object", R"({"item":{"type":"response.completed"},)" + told + "}", {}},
      {"what somebody wrote",
       R"({"delta":"{\"type\":\"response.completed\",\"usage\":{\"input_tokens\":9}}","type":"x"})",
       {}},
      {"one that says twice what it is", R"({"type":"x","type":"response.completed",)" + told + "}", {}},
      {"the same, the other way", R"({"type":"error","type":"x"})", {{Usage(), What::error}}},
      {"no object", told, {}},
      {"nothing", "", {}},
  };
}

TEST(ResponseUsageOfMessages, IsReadWhereverPiecesEnd) {
  for (const auto& row : rows()) {
    SCOPED_TRACE(row.name);
    Usage expected;
    for (const auto& each : row.heard) expected += each.usage;
    for (std::size_t piece = 1; piece <= row.message.size() + 1; piece += 1 + piece / 8) {
      Noted account;
      Usage sum;
      ResponseUsage reading(account, sum);
      for (std::size_t at = 0; at < row.message.size(); at += std::min(piece, row.message.size())) {
        reading.data(std::string_view(row.message).substr(at, piece));
      }
      EXPECT_TRUE(account.heard.empty()) << "before the message is whole";
      reading.event_ended();
      ASSERT_EQ(account.heard, row.heard) << "in pieces of " << piece;
      ASSERT_EQ(sum, expected);
    }
  }
}

TEST(ResponseUsageOfMessages, IsSummedOverAllOfThem) {
  Noted account;
  Usage sum;
  ResponseUsage reading(account, sum);
  Usage expected;
  std::size_t ends = 0;
  for (int round = 0; round < 3; ++round) {
    for (const auto& row : rows()) {
      reading.data(row.message);
      reading.event_ended();
      ends += row.heard.size();
      for (const auto& each : row.heard) expected += each.usage;
    }
  }
  EXPECT_EQ(sum, expected);
  EXPECT_EQ(account.heard.size(), ends);
}

}  // namespace
}  // namespace pointsman::proxy
