#include "pointsman/demo/message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pointsman::demo {
namespace {

using State = MessageReader::State;
using Expect = MessageReader::Expect;

struct Whole {
  const char* name;
  Expect expect;
  std::string raw;
  std::string body;
  bool ends_with_connection = false;
};

const std::vector<Whole> whole_messages{
    {"no body", Expect::request, "GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", ""},
    {"a length", Expect::request, "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\na\r\nbc", "a\r\nbc"},
    {"a length of zero", Expect::request, "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", ""},
    {"chunks", Expect::request,
     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
     "abc0123456789"},
    {"no chunk", Expect::response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
    {"until the end", Expect::response, "HTTP/1.1 200 OK\r\n\r\nabc", "abc", true},
    {"204", Expect::response, "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", ""},
    {"an interim answer", Expect::response, "HTTP/1.1 100 Continue\r\n\r\n", ""},
    {"HEAD", Expect::response_without_body, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", ""},
};

TEST(Message, IsReadTheSameHoweverItIsSplit) {
  for (const auto& whole : whole_messages) {
    for (std::size_t first = 0; first <= whole.raw.size(); ++first) {
      for (std::size_t second = first; second <= whole.raw.size(); second += 3) {
        SCOPED_TRACE(std::string(whole.name) + " at " + std::to_string(first) + " and " + std::to_string(second));
        const std::string rest = whole.ends_with_connection ? "" : "NEXT";
        MessageReader reader(whole.expect);
        std::string unread;
        for (const auto& piece :
             {whole.raw.substr(0, first), whole.raw.substr(first, second - first), whole.raw.substr(second) + rest}) {
          unread += piece;
          unread.erase(0, reader.feed(unread));
        }
        if (whole.ends_with_connection) reader.end();
        ASSERT_EQ(reader.state(), State::complete) << reader.fault();
        ASSERT_EQ(reader.message().body, whole.body);
        ASSERT_EQ(reader.message().raw, whole.raw);
        ASSERT_EQ(unread, rest);
      }
    }
  }
}

TEST(Message, KeepsHeadersAsTheyCame) {
  MessageReader reader(Expect::request);
  reader.feed("GET /a?b=c HTTP/1.1\r\nx-One: 1\r\nHost:h\r\nX-ONE: \t2 \r\nEmpty:\r\n\r\n");
  const auto& message = reader.message();
  const std::vector<Header> expected{{"x-One", "1"}, {"Host", "h"}, {"X-ONE", "2"}, {"Empty", ""}};
  EXPECT_EQ(message.headers, expected);
  EXPECT_EQ(*message.header("X-one"), "1");
  EXPECT_EQ(message.header("Absent"), nullptr);
  EXPECT_EQ(message.start_word(0), "GET");
  EXPECT_EQ(message.start_word(1), "/a?b=c");
  EXPECT_EQ(message.start_word(2), "HTTP/1.1");
  EXPECT_EQ(message.start_word(3), "");
}

TEST(Message, KeepsTrailersApart) {
  MessageReader reader(Expect::response);
  reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nDigest: x\r\n\r\n");
  EXPECT_EQ(reader.message().header("Digest"), nullptr);
  EXPECT_EQ(reader.message().trailers, (std::vector<Header>{{"Digest", "x"}}));
}

TEST(Message, StopsAfterTheHeadWhenAsked) {
  MessageReader reader(Expect::request);
  const std::string raw = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
  EXPECT_EQ(reader.feed_head(raw), raw.size() - 3);
  EXPECT_EQ(reader.state(), State::body);
  EXPECT_EQ(reader.feed("abcX"), 3u);
  EXPECT_EQ(reader.state(), State::complete);
}

TEST(Message, IsBrokenWhenItsFramingIs) {
  const std::vector<std::string> broken{
      "GET / HTTP/1.1\nHost: a\r\n\r\n",
      "GET /\r\n\r\n",
      "\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\n: no name\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nabcde",
      "POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\nabcde",
      "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
  };
  for (const auto& raw : broken) {
    MessageReader reader(Expect::request);
    reader.feed(raw);
    EXPECT_EQ(reader.state(), State::broken) << raw;
    EXPECT_NE(reader.fault(), "") << raw;
  }
}

TEST(Message, IsBrokenWhenTheConnectionEndsWithinIt) {
  for (const std::string raw : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    MessageReader reader(Expect::response);
    reader.feed(raw);
    reader.end();
    EXPECT_EQ(reader.state(), State::broken) << raw;
  }
}

}  // namespace
}  // namespace pointsman::demo
