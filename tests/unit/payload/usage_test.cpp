#include "pointsman/payload/usage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace pointsman::payload {
namespace {

Usage usage(Count input, Count output, Count cached = {}, Count reasoning = {}, Count total = {}, Count written = {}) {
  return {input, output, cached, written, reasoning, total};
}

Usage read(std::string_view answer, std::size_t piece = std::string_view::npos, bool tail_only = false) {
  Usage usage;
  UsageReader reader(usage, tail_only);
  for (std::size_t at = 0; at < answer.size(); at += std::min(piece, answer.size())) {
    reader.feed(answer.substr(at, piece));
  }
  return usage;
}

struct Row {
  std::string name;
  std::string answer;
  Usage expected;
};

// As each API tells it (facts: where the token usage stands).
std::vector<Row> rows() {
  return {
      {"chat",
       R"({"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,)"
       R"("prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},)"
       R"("completion_tokens_details":{"reasoning_tokens":3,"accepted_prediction_tokens":1}}})",
       usage(Count(7), Count(5), Count(4), Count(3), Count(12))},
      {"a stream of chat",
       "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}\n\n"
       "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":0,\"total_tokens\":7}}\n\n"
       "data: [DONE]\n\n",
       usage(Count(7), Count(0), {}, {}, Count(7))},
      {"growing counts",
       "data: {\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\n"
       "data: {\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n",
       usage(Count(7), Count(2))},
      {"a response",
       "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"usage\":"
       "{\"input_tokens\":10,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":20,"
       "\"output_tokens_details\":{\"reasoning_tokens\":16},\"total_tokens\":30},\"metadata\":{}}}\n\n",
       usage(Count(10), Count(20), Count(0), Count(16), Count(30))},
      {"embeddings, usage first",
       R"({"model":"m","object":"list","usage":{"prompt_tokens":9,"total_tokens":9},"data":[{"embedding":[0.1]}]})",
       usage(Count(9), {}, {}, {}, Count(9))},
      {"messages",
       "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,"
       "\"cache_creation_input_tokens\":6,\"cache_read_input_tokens\":8,\"output_tokens\":1}}}\n\n"
       "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":15}}\n\n",
       usage(Count(25), Count(15), Count(8), {}, {}, Count(6))},
      {"spaces", "{ \"usage\" \n:\t{ \"input_tokens\" : 3 } }", usage(Count(3), {})},
      {"null", R"({"usage":null})", {}},
      {"absent", R"({"choices":[]})", {}},
      {"empty", R"({"usage":{}})", {}},
      {"another kind of value", R"({"usage":"a lot","usage":[1],"usage":7})", {}},
      {"a value of that name", R"({"kind":"usage","prompt_tokens":3})", {}},
      {"what somebody wrote",
       R"({"content":"{\"usage\":{\"prompt_tokens\":99}}","x":"\"usage\":{\"prompt_tokens\":1}"})",
       {}},
      {"counts that are none", R"({"usage":{"prompt_tokens":-1,"completion_tokens":1.5,"total_tokens":"3"}})", {}},
      {"a name within a string", R"({"usage":{"note":"} \" {\"prompt_tokens\":4","prompt_tokens":5}})",
       usage(Count(5), {})},
      {"keys that begin alike", R"({"usag":1,"usages":{"prompt_tokens":4},""usage":{"prompt_tokens":5}})",
       usage(Count(5), {})},
      {"cut off", R"({"usage":{"prompt_tokens":5)", {}},
      {"cut off behind a count", R"({"usage":{"prompt_tokens":5,"completion_tokens":6)", usage(Count(5), {})},
      {"counts that nobody can take",
       R"({"usage":{"input_tokens":1000000000000,"output_tokens":1000000000001,"cached_tokens":999999999999999999}})",
       usage(Count(1'000'000'000'000), {})},
      {"counts beside others",
       R"({"usage":{"x_details":{"y":{"cached_tokens":1},"cached_tokens":2},"y":{"prompt_tokens":3},"z":[4],)"
       R"("service":"prompt_tokens","input_tokens":5,"output_tokens":9223372036854775808}})",
       usage(Count(5), {}, Count(2))},
  };
}

TEST(Usage, IsReadWhereverPiecesEnd) {
  for (const auto& row : rows()) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(read(row.answer), row.expected);
    for (std::size_t piece = 1; piece < row.answer.size(); ++piece) {
      ASSERT_EQ(read(row.answer, piece), row.expected) << "in pieces of " << piece;
      ASSERT_EQ(read(row.answer, piece, true), row.expected) << "in pieces of " << piece;
    }
    for (std::size_t split = 1; split < row.answer.size(); ++split) {
      Usage usage;
      UsageReader reader(usage, false);
      reader.feed(std::string_view(row.answer).substr(0, split));
      reader.feed(std::string_view(row.answer).substr(split));
      ASSERT_EQ(usage, row.expected) << "split at " << split;
    }
  }
}

TEST(Usage, OfAWholeAnswerIsFoundAnywhere) {
  const std::string long_text(1 << 20, 'x');
  const std::string told = R"("usage":{"prompt_tokens":5})";
  for (const auto& answer : {"{" + told + ",\"a\":\"" + long_text + "\"}", "{\"a\":\"" + long_text + "\"," + told + "}",
                             "{\"a\":\"" + long_text + "\"," + told + ",\"b\":\"" + long_text + "\"}"}) {
    EXPECT_EQ(read(answer).input, Count(5));
    EXPECT_EQ(read(answer, 65'536).input, Count(5));
  }
}

TEST(Usage, OfAFastStreamIsFoundInItsFirstAndInItsLastEvents) {
  std::string events;
  while (events.size() < 200'000) events += "data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n";
  const std::string first = "data: {\"message\":{\"usage\":{\"input_tokens\":7}}}\n\n";
  const std::string last = "data: {\"usage\":{\"output_tokens\":9}}\n\ndata: [DONE]\n\n";
  for (const std::size_t piece : {100u, 1'023u, 2'047u, 2'049u, 4'096u, 9'999u, 65'536u, 1'000'000u}) {
    EXPECT_EQ(read(first + events + last, piece, true), usage(Count(7), Count(9))) << piece;
  }
  // Wherever the last piece begins.
  for (std::size_t size = 1; size < 2 * last.size(); ++size) {
    Usage told;
    UsageReader reader(told, true);
    const std::string answer = events + last;
    reader.feed(std::string_view(answer).substr(0, answer.size() - size));
    reader.feed(std::string_view(answer).substr(answer.size() - size));
    ASSERT_EQ(told.output, Count(9)) << size;
  }
}

TEST(Usage, OfAnyLengthIsRead) {
  const std::string filling(100'000, ' ');
  EXPECT_EQ(read(R"({"usage":{"prompt_tokens":5,)" + filling + R"("total_tokens":6}})").total, Count(6));
  const std::string deep(100'000, '[');
  EXPECT_EQ(read(R"({"usage":{"x":)" + deep + R"(},"usage":{"prompt_tokens":5}})").output, Count());
}

TEST(Usage, IsSummedAndWhatWasNotToldIsNotNone) {
  Usage sum = usage(Count(1), {}, Count(2));
  sum += usage(Count(10), Count(0), {}, {}, Count(10));
  EXPECT_EQ(sum, usage(Count(11), Count(0), Count(2), {}, Count(10)));
  sum += Usage();
  EXPECT_EQ(sum, usage(Count(11), Count(0), Count(2), {}, Count(10)));
  Count most(std::numeric_limits<std::int64_t>::max() - 1);
  most += Count(7);
  EXPECT_EQ(most, Count(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace
}  // namespace pointsman::payload
