#include "pointsman/proxy/response_usage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace pointsman::proxy {
namespace {

using payload::Count;
using payload::Usage;

enum class What : std::uint8_t { began, ended, failed, transcribed, error };

struct Heard {
  Usage usage;
  What what;
  std::string id = {};

  bool operator==(const Heard&) const = default;
};

class Noted final : public SessionAccount {
 public:
  std::optional<http::ErrorAnswer> refusal_of(const CreateMessage&, std::string_view, std::size_t) override {
    return std::nullopt;
  }
  void let_in(bool) override {}
  bool must_hear() const override { return false; }
  void response_began(std::string_view id) override { heard.push_back({{}, What::began, std::string(id)}); }
  void response_ended(const EndedResponse& ended) override {
    heard.push_back({ended.usage, ended.failed ? What::failed : What::ended, std::string(ended.id)});
    paces.push_back(ended.pace);
  }
  void transcribed(const Usage& usage) override { heard.push_back({usage, What::transcribed}); }
  void error_told(const Usage& usage) override { heard.push_back({usage, What::error}); }

  std::vector<Heard> heard;
  std::vector<StreamPace> paces;
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
       {{usage(Count(7), Count(5)), What::ended, "r"}}},
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
       R"({"type":"response.done","event_id":"e","response":{"object":"realtime.response","id":"resp_1",)"
       R"("status":"cancelled","usage":{"total_tokens":12,)"
       R"("input_tokens":7,"output_tokens":5,"input_token_details":{"cached_tokens":4,)"
       R"("cached_tokens_details":{"text_tokens":9}},"output_token_details":{"text_tokens":5}}}})",
       {{usage(Count(7), Count(5), Count(4), Count(12)), What::ended, "resp_1"}}},
      {"of one that listens",
       R"({"type":"transcription.done","text":"hello","usage":{"prompt_tokens":7,"completion_tokens":5}})",
       {{usage(Count(7), Count(5)), What::ended}}},
      {"what begins one",
       R"({"type":"response.created","response":{"id":"r",)" + told + "}}",
       {{Usage(), What::began, "r"}}},
      {"whose id comes late",
       R"({"type":"response.completed","response":{"text":")" + filling + "\"," + told + R"(,"id":"r"}})",
       {{usage(Count(7), Count(5)), What::ended, "r"}}},
      {"what was transcribed",
       R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":"hello",)"
       R"("usage":{"type":"tokens","total_tokens":12,"input_tokens":7,"input_token_details":{"audio_tokens":7},)"
       R"("output_tokens":5}})",
       {{usage(Count(7), Count(5), {}, Count(12)), What::transcribed}}},
      {"what was transcribed, in seconds",
       R"({"type":"conversation.item.input_audio_transcription.completed","usage":{"type":"duration","seconds":9}})",
       {{Usage(), What::transcribed}}},
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
  const ManualClock clock;
  for (const auto& row : rows()) {
    SCOPED_TRACE(row.name);
    Usage expected;
    for (const auto& each : row.heard) expected += each.usage;
    for (std::size_t piece = 1; piece <= row.message.size() + 1; piece += 1 + piece / 8) {
      Noted account;
      Usage sum;
      ResponseUsage reading(account, sum, clock, nullptr);
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

TEST(ResponseUsageOfMessages, TellsWhenPiecesOfTheOutputCame) {
  ManualClock clock;
  Noted account;
  Usage sum;
  TokenTimes between;
  ResponseUsage reading(account, sum, clock, &between);
  const auto say = [&](const std::string& type) {
    clock.advance(Milliseconds(10));
    reading.data(R"({"type":")" + type + R"(","response":{}})");
    reading.event_ended();
  };
  const auto began = clock.monotonic();
  for (const auto* type : {"response.created", "response.output_item.added", "response.output_audio_transcript.delta",
                           "response.output_audio.delta", "response.output_audio.done", "response.done"}) {
    say(type);
  }
  say("response.function_call_arguments.delta");
  say("response.created");
  say("response.done");
  ASSERT_EQ(account.paces.size(), 2u);
  EXPECT_EQ(account.paces[0].events, 2u);
  EXPECT_EQ(account.paces[0].first, began + Milliseconds(30));
  EXPECT_EQ(account.paces[0].last, began + Milliseconds(40));
  EXPECT_EQ(account.paces[1].events, 0u) << "what came before it is none of its own";
  EXPECT_EQ(between.sum(), 10'000u) << "between the two of the first";
}

TEST(ResponseUsageOfMessages, IsSummedOverAllOfThem) {
  const ManualClock clock;
  Noted account;
  Usage sum;
  ResponseUsage reading(account, sum, clock, nullptr);
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
