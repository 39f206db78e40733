#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "support/behind_gateway.hpp"
#include "support/own_answer.hpp"
#include "support/shared.hpp"
#include "support/wire.hpp"

// The same gate in front of endpoints: what they send is held against the table in facts/cpp.md as well, split at every
// place.
namespace pointsman::test {
namespace {

constexpr const char* body = R"({"model":"m"})";
const std::string poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

std::string answer(const std::string& fields, const std::string& content = "hello") {
  return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + content;
}

class ResponseGate : public BehindGateway {
 protected:
  // The endpoint answers each request with `answer_`, the second piece beginning at `split_`, and stays.
  void start_answering() {
    start({{chat_route,
            [this](Conversation& conversation) -> boost::asio::awaitable<void> {
              co_await send_split(conversation, answer_.get(), split_);
              if (closes_) conversation.close();
            }}},
          {.upstream = {.keep_requests = false}});
  }

  template <class Check>
  void sweep(const std::vector<std::string>& answers, const Check& check) {
    start_answering();
    for (const auto& each : answers) {
      SCOPED_TRACE(testing::PrintToString(each));
      answer_.set(each);
      for (split_ = 0; split_ < each.size(); ++split_) {
        RawClient client(port());
        client.send(post(body));
        check(client.read_response());
        if (HasFatalFailure()) FAIL() << "split at " << split_;
      }
    }
  }

  // A bad gateway, and nothing of it is given to the next request either.
  void expect_refused(std::vector<std::string> answers) {
    for (auto& each : answers) each += poison;
    sweep(answers, [](const Response& response) {
      ASSERT_TRUE(is_own_error(response, 502, "upstream_error"));
      ASSERT_EQ(response.raw.find("poison"), std::string::npos);
    });
  }

  Shared<std::string> answer_;
  std::atomic<std::size_t> split_ = 0;
  std::atomic<bool> closes_ = false;
};

TEST_F(ResponseGate, ALengthAndChunksAreRefused) {
  expect_refused({
      answer("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
      answer("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
      answer("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n"),
      answer("Transfer-Encoding:\r\nContent-Length: 5\r\n"),
  });
}

TEST_F(ResponseGate, AnythingButOneChunkedIsRefused) {
  expect_refused({
      answer("Transfer-Encoding: identity\r\n"),
      answer("Transfer-Encoding: chunked, chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
      answer("Transfer-Encoding: chunked, identity\r\n", "5\r\nhello\r\n0\r\n\r\n"),
      answer("Transfer-Encoding: \"chunked\"\r\n", "5\r\nhello\r\n0\r\n\r\n"),
      answer("Transfer-Encoding: gzip, chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
      answer("Transfer-Encoding: chunked;q=1\r\n", "5\r\nhello\r\n0\r\n\r\n"),
      answer("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  });
}

TEST_F(ResponseGate, ALengthThatIsNotOnePlainNumberIsRefused) {
  expect_refused({
      answer("Content-Length: 5\r\nContent-Length: 6\r\n"),
      answer("Content-Length: 5, 6\r\n"),
      answer("Content-Length: 0x5\r\n"),
      answer("Content-Length: +5\r\n"),
      answer("Content-Length: -5\r\n"),
      answer("Content-Length: 5 5\r\n"),
      answer("Content-Length:\r\n"),
      answer("Content-Length: 99999999999999999999999\r\n"),
  });
}

TEST_F(ResponseGate, LinesThatTwoParsersReadDifferentlyAreRefused) {
  expect_refused({
      answer("Content-Length: 5\r\nX: a\r\n folded\r\n"),
      answer("X: a\r\n\tContent-Length: 5\r\n"),
      answer("Content-Length : 5\r\n"),
      answer("X: bare\nContent-Length: 5\r\n"),
      answer("Content-Length: 5\r\nX: bare\rY: z\r\n"),
      answer(std::string("X: a\0b\r\n", 8) + "Content-Length: 5\r\n"),
      answer("no colon\r\nContent-Length: 5\r\n"),
      answer(": no name\r\nContent-Length: 5\r\n"),
      answer("Content-Length: 5\r\nX: \x01\r\n"),
      "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 O\rK\r\nContent-Length: 5\r\n\r\nhello",
  });
}

TEST_F(ResponseGate, AStatusLineThatIsNoneIsRefused) {
  expect_refused({
      "HTTP/2 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 099 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      " HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 OK\r\n\r\n",
      "hello\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2p1\r\n",
  });
}

TEST_F(ResponseGate, AnEndpointThatEndsWithinItsHeadIsABadGateway) {
  const std::string whole = answer("Content-Length: 5\r\nX: y\r\n");
  closes_ = true;
  start_answering();
  for (std::size_t size = 0; size < whole.find("\r\n\r\n") + 4; ++size) {
    answer_.set(whole.substr(0, size));
    RawClient client(port());
    client.send(post(body));
    ASSERT_TRUE(is_own_error(client.read_response(), 502, "upstream_error")) << size;
  }
}

TEST_F(ResponseGate, WhatIsUnambiguousPassesWithOneLengthOfOurs) {
  sweep(
      {
          answer("Content-Length: 5\r\nContent-Length: 5\r\n"),
          answer("Content-Length: 5, 5\r\n"),
          answer("Content-Length: 05\r\n"),
          answer("content-LENGTH:5\r\n"),
      },
      [](const Response& response) {
        ASSERT_EQ(response.body, "hello") << response.fault;
        ASSERT_EQ(std::erase_if(const_cast<Response&>(response).headers,
                                [](const demo::Header& each) { return each.name == "Content-Length"; }),
                  1u);
      });
}

TEST_F(ResponseGate, ChunksPassHoweverTheyAreWritten) {
  sweep(
      {
          answer("Transfer-Encoding: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n"),
          answer("Transfer-Encoding: chunked\r\n", "0002;a=b;c=\"d\"\r\nhe\r\n3 \r\nllo\r\n00\r\n\r\n"),
          answer("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nContent-Length: 1\r\nX-Sum: 1\r\n\r\n"),
      },
      [](const Response& response) {
        ASSERT_TRUE(response.complete) << response.fault;
        ASSERT_EQ(response.body, "hello");
        ASSERT_EQ(response.header("Content-Length"), nullptr);
      });
}

// The head is gone by then, so all that is left is to break off.
TEST_F(ResponseGate, ChunksThatAreNotExactlyThatNeverLookWhole) {
  const auto chunks = [](const std::string& text) { return answer("Transfer-Encoding: chunked\r\n", text); };
  sweep(
      {
          chunks("0x5\r\nhello\r\n0\r\n\r\n" + poison),
          chunks("+5\r\nhello\r\n0\r\n\r\n" + poison),
          chunks("5\nhello\r\n0\r\n\r\n" + poison),
          chunks("5\r\nhelloX\r\n0\r\n\r\n" + poison),
          chunks("5\r\nhello\n0\r\n\r\n" + poison),
          chunks("5\r\nhelloX\n0\r\n\r\n" + poison),
          chunks("5\r\nhello0\r\n\r\n" + poison),
          chunks("5\r\nhello\r\n0\r\n\n" + poison),
          chunks("5\r\nhello\r\n0\r\nX: y\n\r\n" + poison),
          chunks("5\r\nhello\r\nHTTP/1.1 200 OK\r\n\r\n" + poison),
          chunks("1000000000000005\r\nhello\r\n0\r\n\r\n" + poison),
      },
      [](const Response& response) {
        ASSERT_EQ(response.status(), 200);
        ASSERT_FALSE(response.complete);
        ASSERT_EQ(response.body.find("poison"), std::string::npos) << response.body;
      });
}

}  // namespace
}  // namespace pointsman::test
