#include "pointsman/http/stream_dialect.hpp"

#include <gtest/gtest.h>

#include "pointsman/http/sse_tap.hpp"

namespace pointsman::http {
namespace {

struct Failure {
  StreamDialect dialect;
  std::string_view event;
};

TEST(FailureEvent, IsWhatBothSdksRaiseOn) {
  const Failure cases[] = {
      {StreamDialect::chat,
       R"(data: {"error":{"message":"it \"died\"","type":"server_error","param":null,"code":"upstream_error"}})"
       "\n\n"},
      {StreamDialect::responses,
       "event: error\n"
       R"(data: {"type":"error","sequence_number":7,"code":"upstream_error","message":"it \"died\"","param":null,)"
       R"("error":{"message":"it \"died\"","type":"server_error","param":null,"code":"upstream_error"}})"
       "\n\n"},
      {StreamDialect::messages,
       "event: error\n"
       R"(data: {"type":"error","error":{"type":"api_error","message":"it \"died\""}})"
       "\n\n"},
      {StreamDialect::other, ""},
  };
  for (const auto& [dialect, event] : cases) {
    EXPECT_EQ(failure_event(dialect, 7, "it \"died\"", "upstream_error"), event);
  }
}

TEST(FailureEvent, StaysOneEventWhateverTheMessageSays) {
  for (const auto dialect : {StreamDialect::chat, StreamDialect::responses, StreamDialect::messages}) {
    const auto event = failure_event(dialect, 0, "a\n\nb\r\rc\xe2\x80\xa8 \xff", "upstream_error");
    EXPECT_EQ(event.find('\r'), std::string::npos) << event;
    EXPECT_EQ(event.find("\n\n"), event.size() - 2) << event;
  }
}

TEST(FailureEvent, IsOneThatTheTapTakesForAnEnd) {
  SseTap response(StreamDialect::responses);
  response.feed(failure_event(StreamDialect::responses, 7, "x", "upstream_error"));
  EXPECT_TRUE(response.ended() && response.at_boundary());
  EXPECT_EQ(response.last_sequence_number(), 7u);
  SseTap message(StreamDialect::messages);
  message.feed(failure_event(StreamDialect::messages, 0, "x", "upstream_error"));
  EXPECT_TRUE(message.ended() && message.at_boundary());
}

}  // namespace
}  // namespace pointsman::http
