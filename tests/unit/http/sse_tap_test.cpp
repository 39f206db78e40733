#include "pointsman/http/sse_tap.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pointsman::http {
namespace {

using namespace std::string_literals;
using enum StreamDialect;

// What a tap knows.
struct Seen {
  bool has_events = false;
  bool at_boundary = true;
  bool ended = false;
  std::optional<std::uint64_t> last_sequence_number = std::nullopt;
  bool has_ids = false;

  bool operator==(const Seen&) const = default;
};

void PrintTo(const Seen& seen, std::ostream* out) {
  *out << "events " << seen.has_events << ", boundary " << seen.at_boundary << ", ended " << seen.ended << ", number "
       << (seen.last_sequence_number ? std::to_string(*seen.last_sequence_number) : "none") << ", ids " << seen.has_ids;
}

Seen seen_by(const SseTap& tap) {
  return {tap.has_events(), tap.at_boundary(), tap.ended(), tap.last_sequence_number(), tap.has_ids()};
}

Seen after(StreamDialect dialect, std::initializer_list<std::string_view> pieces) {
  SseTap tap(dialect);
  for (const auto piece : pieces) tap.feed(piece);
  return seen_by(tap);
}

struct Case {
  StreamDialect dialect;
  std::string stream;
  Seen seen;
};

constexpr Seen an_event{.has_events = true};
constexpr Seen inside{.has_events = true, .at_boundary = false};
constexpr Seen the_end{.has_events = true, .ended = true};

Seen numbered(std::uint64_t number, bool ended = false) {
  return {.has_events = true, .ended = ended, .last_sequence_number = number};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      // Where an event may be appended.
      {chat, "", {}},
      {chat, "\n\n", {}},
      {chat, "data: {\"choices\":[]}\n\n", an_event},
      {chat, "data: {\"choices\":[]}\n", {.at_boundary = false}},
      {chat, "data: {\"choices\":[]}", {.at_boundary = false}},
      {chat, "data: 1\n\nd", inside},
      {chat, "data: 1\n\ndata: 2\n", inside},
      {chat, "data: 1\n\ndata: 2\n\n", an_event},
      {chat, "data: 1\n\n: a comment", inside},
      {chat, "data: 1\n\n: a comment\n", an_event},
      {chat, ": a comment\n\n", {}},
      {chat, "event: x\n", {.at_boundary = false}},
      {chat, "event: x\n\n", {}},
      {chat, "retry: 3000\n", {.at_boundary = false}},
      {chat, "retry: 3000\n\n", {}},
      {chat, "no field at all\n", {.at_boundary = false}},
      {chat, "data\n\n", an_event},
      // Line ends, and mixtures of them.
      {chat, "data: 1\r\n\r\n", an_event},
      {chat, "data: 1\r\n\r", an_event},
      {chat, "data: 1\r\n", {.at_boundary = false}},
      {chat, "data: 1\r\r", an_event},
      {chat, "data: 1\r", {.at_boundary = false}},
      {chat, "data: 1\r\rdata: 2\r", inside},
      {chat, "data: 1\n\r\n", an_event},
      {chat, "data: 1\r\n\n", an_event},
      {chat, "data: 1\n\r", an_event},
      {chat, "data: 1\r\ndata: 2\r\n\r\ndata: [DONE]\r\n\r\n", the_end},
      // A byte order mark, at the start only.
      {chat, "\xef\xbb\xbf", {}},
      {chat, "\xef\xbb", {.at_boundary = false}},
      {chat, "\xef\xbb\n", {.at_boundary = false}},
      {chat, "\xef\xbb\xbf\n", {}},
      {chat,
       "\xef\xbb\xbf"
       "data: [DONE]\n\n",
       the_end},
      {chat,
       "\xef\xbb"
       "data: [DONE]\n\n",
       {}},
      {chat,
       "\xef\xbb\xbf\xef\xbb\xbf"
       "data: [DONE]\n\n",
       {}},
      {chat,
       "\n\xef\xbb\xbf"
       "data: [DONE]\n\n",
       {}},
      // The end of a chat.
      {chat, "data: [DONE]\n\n", the_end},
      {chat, "data:[DONE]\n\n", the_end},
      {chat, "data: [DONE]\n", {.at_boundary = false}},
      {chat, "data: [DONE]", {.at_boundary = false}},
      {chat, "data: [DONE]\n\n\n: bye\n\n", the_end},
      {chat, "data: [DONE]\n\ndata: more", {.has_events = true, .at_boundary = false, .ended = true}},
      {chat, "data: [DONE]\n\ndata: more\n\n", the_end},
      {chat, "data: [DONE]\nevent: x\n\n", the_end},
      {chat, "data: 1\ndata: [DONE]\n\n", an_event},
      {chat, "data:  [DONE]\n\n", an_event},
      {chat, "data : [DONE]\n\n", {}},
      {chat, "[DONE]\n\n", {}},
      {chat, ": data: [DONE]\n\n", {}},
      {chat, "data: {\"choices\":[{\"delta\":{\"content\":\"data: [DONE]\"}}]}\n\n", an_event},
      {chat, "event: error\ndata: {}\n\n", an_event},
      {messages, "data: [DONE]\n\n", an_event},
      {other, "event: error\ndata: [DONE]\n\n", an_event},
      // The end of a message.
      {messages, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", the_end},
      {messages, "event: error\ndata: {\"type\":\"error\"}\n\n", the_end},
      {messages, "data: {}\nevent: message_stop\n\n", the_end},
      {messages, "event:message_stop\ndata: {}\n\n", the_end},
      {messages, "event: message_stop\n\n", {}},
      {messages, "event: message_stop\ndata: {}\n", {.at_boundary = false}},
      {messages, "event: message_stop\nevent: ping\ndata: {}\n\n", an_event},
      {messages, "event: message_stop\n\ndata: {}\n\n", an_event},
      {messages, "event: message_stopped\ndata: {}\n\n", an_event},
      {messages, "event: message_delta\ndata: {\"x\":\"event: message_stop\"}\n\n", an_event},
      {messages, "event: ping\ndata: {\"type\":\"message_stop\",\"sequence_number\":1}\n\n", an_event},
      // The end of a response, by the name of the event or by its type.
      {responses, "event: response.completed\ndata: {}\n\n", the_end},
      {responses, "event: response.incomplete\ndata: {}\n\n", the_end},
      {responses, "event: response.failed\ndata: {}\n\n", the_end},
      {responses, "event: error\ndata: {}\n\n", the_end},
      {responses, "event: response.in_progress\ndata: {}\n\n", an_event},
      {responses, "event: response.incomplete_and_more_than_is_kept\ndata: {}\n\n", an_event},
      {responses, "data: {\"type\":\"response.completed\",\"sequence_number\":9}\n\n", numbered(9, true)},
      {responses, "data: {\"type\":\"response.incomplete\"}\n\n", the_end},
      {responses, "data:{ \"response\" : {\"type\":\"x\"} , \"type\" : \"response.failed\" }\n\n", the_end},
      {responses, "data: {\"type\":\"error\",\"message\":\"x\"}\n\n", the_end},
      {responses, "data: {\ndata: \"type\":\"error\"\ndata: }\n\n", the_end},
      {responses, "data: {\"type\":\"response.completed\"}\n", {.at_boundary = false}},
      {responses, "data: {\"response\":{\"type\":\"response.completed\"},\"type\":\"x\"}\n\n", an_event},
      {responses, "data: {\"delta\":\"\\\"type\\\":\\\"error\\\"\",\"type\":\"x\"}\n\n", an_event},
      {responses, "data: {\"type\":[\"error\"]}\n\n", an_event},
      {responses, "data: {\"type\":{\"type\":\"error\"}}\n\n", an_event},
      {responses, "data: {\"\\ntype\":\"error\"}\n\n", an_event},
      {responses, "data: {\"types_of_errors_that_are_known\":\"error\"}\n\n", an_event},
      {responses, "data: [{\"type\":\"error\"}]\n\n", an_event},
      {responses, "data: \"type\":\"error\"\n\n", an_event},
      {responses, "data: {}{\"type\":\"error\"}\n\n", an_event},
      {responses, ": {\"type\":\"error\"}\n\n", {}},
      {responses, "data: {\"type\":\"response.created\"}\n\ndata: [DONE]\n\n", an_event},
      // The number of the last event.
      {responses, "data: {\"type\":\"response.created\",\"sequence_number\":0}\n\n", numbered(0)},
      {responses, "data: {\"sequence_number\" : 12 ,\"type\":\"x\"}\r\n\r\n", numbered(12)},
      {responses, "data: {\"sequence_number\":1}\n\ndata: {\"sequence_number\":2}\n\n", numbered(2)},
      {responses, "data: {\"sequence_number\":1}\n\ndata: {\"type\":\"x\"}\n\n", numbered(1)},
      {responses,
       "data: {\"sequence_number\":1}\n\ndata: {\"sequence_number\":2}",
       {.has_events = true, .at_boundary = false, .last_sequence_number = 1}},
      {responses, "data: {\"response\":{\"sequence_number\":7,\"x\":[{},[1,\"]}\"]]},\"sequence_number\":3}\n\n",
       numbered(3)},
      {responses, "data: {\"delta\":\"\\\\\\\",\\\"sequence_number\\\":9,\",\"sequence_number\":4}\n\n", numbered(4)},
      {responses, "data: {\"delta\":\",\\\"sequence_number\\\":9,\\\\\",\"sequence_number\":5}\n\n", numbered(5)},
      {responses, "data: {\"x\":\"sequence_number\",\"y\":9}\n\n", an_event},
      {responses, "data: {\"sequence_number\":\"9\"}\n\n", an_event},
      {responses, "data: {\"sequence_number\":-1}\n\n", an_event},
      {responses, "data: {\"sequence_number\":1.5}\n\n", an_event},
      {responses, "data: {\"sequence_number\":null}\n\n", an_event},
      {responses, "data: {\"sequence_number\":[1]}\n\n", an_event},
      {responses, "data: {\"sequence_number\":[\"1\"]}\n\n", an_event},
      {responses, "data: {\"sequence_number\":18446744073709551616}\n\n", an_event},
      {responses, "data: {\"sequence_number\":1000000000000000000000000000000}\n\n", an_event},
      {responses, "data: {\"a_name_as_long_as_nobody_keeps\":1,\"sequence_number\":6}\n\n", numbered(6)},
      {responses, "data: {\"" + std::string(5000, 'x') + "\":1,\"sequence_number\":8}\n\n", numbered(8)},
      // What follows both is not looked at any more.
      {responses, "data: {\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"type\":\"error\"}\n\n",
       numbered(1)},
      {chat, "data: {\"sequence_number\":1}\n\n", an_event},
      // Ids.
      {responses, "id: 1\ndata: {}\n\n", {.has_events = true, .has_ids = true}},
      {responses, "id\n\n", {.has_ids = true}},
      {responses, "data: id: 1\nidentity: 1\n: id: 1\n\n", an_event},
  };
  return all;
}

TEST(SseTap, KnowsWhatAStreamCameTo) {
  for (const auto& [dialect, stream, seen] : cases()) {
    EXPECT_EQ(after(dialect, {stream}), seen) << testing::PrintToString(stream);
  }
}

TEST(SseTap, SeesTheSameWhereverItIsSplit) {
  for (const auto& each : cases()) {
    const std::string_view stream = each.stream;
    for (std::size_t split = 0; split <= stream.size(); ++split) {
      EXPECT_EQ(after(each.dialect, {stream.substr(0, split), "", stream.substr(split)}), each.seen)
          << testing::PrintToString(each.stream) << " at " << split;
    }
  }
}

TEST(SseTap, SeesTheSameByteByByte) {
  for (const auto& [dialect, stream, seen] : cases()) {
    SseTap bytewise(dialect);
    for (std::size_t size = 0; size < stream.size(); ++size) {
      EXPECT_EQ(seen_by(bytewise), after(dialect, {std::string_view(stream).substr(0, size)}))
          << testing::PrintToString(stream) << " to " << size;
      bytewise.feed({&stream[size], 1});
    }
    EXPECT_EQ(seen_by(bytewise), seen) << testing::PrintToString(stream);
  }
}

// Each byte is looked at a bounded number of times: otherwise this would take minutes.
TEST(SseTap, IsNoSlowerOnManyShortLines) {
  for (const char end : {'\r', '\n'}) {
    SseTap tap(chat);
    tap.feed(std::string(4 << 20, end));
    EXPECT_TRUE(tap.at_boundary());
  }
}

TEST(SseTap, CountsEventsThatCarryTokens) {
  struct TokenCase {
    StreamDialect dialect;
    std::string_view stream;
    std::uint32_t events;
  };
  for (const auto& [dialect, stream, events] : {
           TokenCase{chat, "data: {}\n\n: comment\n\ndata: {}\n\ndata: [DONE]\n\n", 2},
           TokenCase{chat, "data: {}\n\ndata: {}\n", 1},  // the second one has not ended
           TokenCase{other, "data: [DONE]\n\n", 1},
           TokenCase{other, "event: x\n\n", 0},
           TokenCase{messages,
                     "event: message_start\ndata: {}\n\nevent: content_block_delta\ndata: {}\n\n"
                     "event: content_block_stop\ndata: {}\n\nevent: message_stop\ndata: {}\n\n",
                     1},
           TokenCase{responses,
                     "event: response.created\ndata: {}\n\nevent: response.output_text.delta\ndata: {}\n\n"
                     "event: response.output_text.done\ndata: {}\n\n"
                     "event: response.function_call_arguments.delta\ndata: {}\n\n"
                     "event: response.completed\ndata: {}\n\n",
                     2},
       }) {
    SseTap whole(dialect);
    whole.feed(stream);
    EXPECT_EQ(whole.token_events(), events) << stream;
    SseTap cut(dialect);
    for (const char& byte : stream) cut.feed({&byte, 1});
    EXPECT_EQ(cut.token_events(), events) << stream;
  }
}

}  // namespace
}  // namespace pointsman::http
