#include <gtest/gtest.h>

#include <string>

#include "support/behind_gateway.hpp"
#include "support/own_answer.hpp"
#include "support/wire.hpp"

// The framing gate in front of clients, over the wire: every row of the table in facts/cpp.md, split at every place.
namespace pointsman::test {
namespace {

constexpr const char* body = R"({"model":"m"})";

// Head and body of a chat request with these fields; Host comes first.
std::string chat(const std::string& fields, const std::string& content = body) {
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + content;
}

std::string chat_from(const std::string& start, const std::string& content = body) {
  return start + "Content-Length: 13\r\n\r\n" + content;
}

std::string chat_in_chunks(const std::string& chunks) { return chat("Transfer-Encoding: chunked\r\n", chunks); }

class RequestGate : public BehindGateway {
 protected:
  void SetUp() override { start({{chat_route, echo()}}); }

  // Refused, wherever it is split; what follows is never taken for a request.
  void expect_refused(const std::vector<std::string>& requests, int status = 400) {
    const std::string hidden = post(body) + get("/healthz");
    for (const auto& request : requests) {
      SCOPED_TRACE(testing::PrintToString(request));
      for (std::size_t split = 0; split < request.size(); ++split) {
        RawClient client(port());
        client.send_split(request + hidden, {split});
        ASSERT_TRUE(is_own_error(client.read_response(), status)) << "split at " << split;
        ASSERT_TRUE(client.at_end()) << "split at " << split;
      }
    }
    EXPECT_EQ(requests_upstream(), 0u);
  }
};

TEST_F(RequestGate, ALengthAndChunksAreRefused) {
  expect_refused({
      chat("Content-Length: 13\r\nTransfer-Encoding: chunked\r\n"),
      chat("Transfer-Encoding: chunked\r\nContent-Length: 13\r\n"),
      chat("transfer-encoding: chunked\r\nX: y\r\ncontent-length: 0\r\n"),
      chat("Transfer-Encoding: xchunked\r\nContent-Length: 13\r\n"),
      chat("Transfer-Encoding:\r\nContent-Length: 13\r\n"),
  });
}

TEST_F(RequestGate, AnythingButOneChunkedIsRefused) {
  expect_refused({
      chat("Transfer-Encoding: identity\r\n"),
      chat("Transfer-Encoding: chunked, chunked\r\n", "d\r\n{\"model\":\"m\"}\r\n0\r\n\r\n"),
      chat("Transfer-Encoding: chunked, identity\r\n"),
      chat("Transfer-Encoding: \"chunked\"\r\n"),
      chat("Transfer-Encoding: gzip, chunked\r\n"),
      chat("Transfer-Encoding: chunked;q=1\r\n"),
      chat("Transfer-Encoding: chunked,\r\n"),
      chat("Transfer-Encoding: ,chunked\r\n"),
      chat("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      chat("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
      chat("Transfer-Encoding: \x0b"
           "chunked\r\n"),
      chat("Transfer_Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
      "POST /v1/chat/completions HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
  });
}

TEST_F(RequestGate, ALengthThatIsNotOnePlainNumberIsRefused) {
  expect_refused({
      chat("Content-Length: 13\r\nContent-Length: 14\r\n"),
      chat("Content-Length: 13, 14\r\n"),
      chat("Content-Length: 0x5\r\n"),
      chat("Content-Length: +5\r\n"),
      chat("Content-Length: -5\r\n"),
      chat("Content-Length: 1 3\r\n"),
      chat("Content-Length: 13,\r\n"),
      chat("Content-Length:\r\n"),
      chat("Content-Length: 13.0\r\n"),
      chat("Content-Length: 18446744073709551629\r\n"),
      chat("Content-Length: 99999999999999999999999\r\n"),
  });
}

TEST_F(RequestGate, LinesThatTwoParsersReadDifferentlyAreRefused) {
  expect_refused({
      chat("Content-Length: 13\r\nX: a\r\n folded\r\n"),
      chat("X: a\r\n\tContent-Length: 13\r\n"),
      "POST /v1/chat/completions HTTP/1.1\r\n Host: h\r\nContent-Length: 13\r\n\r\n",
      chat("Content-Length : 13\r\n"),
      chat("Content-Length\t: 13\r\n"),
      chat("X: bare\nContent-Length: 13\r\n"),
      chat("Content-Length: 13\r\nX: bare\rY: z\r\n"),
      chat("Content-Length: 13\n"),
      chat(std::string("X: a\0b\r\n", 8) + "Content-Length: 13\r\n"),
      chat(std::string("X\0: a\r\n", 7) + "Content-Length: 13\r\n"),
      chat("No colon\r\nContent-Length: 13\r\n"),
      chat(": no name\r\nContent-Length: 13\r\n"),
      chat("Content-Length: 13\r\nX: \x01\r\n"),
      chat("Content-Length: 13\r\nX: \x7f\r\n"),
      chat("Content-Length: 13\r\nX(y): z\r\n"),
  });
}

TEST_F(RequestGate, AHostThatIsNotOneIsRefused) {
  const std::string line = "POST /v1/chat/completions HTTP/1.1\r\n";
  expect_refused({
      chat_from(line),
      chat_from(line + "Host: a\r\nHost: b\r\n"),
      chat_from(line + "Host: a\r\nhost: a\r\n"),
      chat_from(line + "Host: a b\r\n"),
      chat_from(line + "Host: a, b\r\n"),
      chat_from(line + "Host: a/b\r\n"),
      chat_from(line + "Host: user@a\r\n"),
      chat_from(line + "Host:\r\n"),
      chat_from(line + "Host: gr\xc3\xbcn\r\n"),
  });
}

TEST_F(RequestGate, ATargetThatIsNoPlainPathIsRefused) {
  const std::string rest = " HTTP/1.1\r\nHost: h\r\n";
  expect_refused({
      chat_from("POST http://h/v1/chat/completions" + rest),
      chat_from("POST h:80" + rest),
      chat_from("CONNECT h:80" + rest),
      chat_from("POST *" + rest),
      chat_from("POST v1/chat/completions" + rest),
      chat_from("POST /v1/chat/completions#x" + rest),
      chat_from("POST /v1/chat/compl\xc3\xa9tions" + rest),
      chat_from("POST /v1/chat/completions\\x" + rest),
      chat_from("POST /v1/chat/completions x" + rest),
      chat_from("POST /v1/chat/completions\tHTTP/1.1\r\nHost: h\r\n"),
      chat_from("POST  /v1/chat/completions" + rest),
      chat_from("POST /v1/chat/completions HTTP/1.1 \r\nHost: h\r\n"),
      chat_from("POST /v1/chat/completions HTTP/2.0\r\nHost: h\r\n"),
      chat_from("POST /v1/chat/completions http/1.1\r\nHost: h\r\n"),
      chat_from("POST /v1/chat/completions\r\nHost: h\r\n"),
      chat_from(" POST /v1/chat/completions" + rest),
      chat_from("PO(ST /v1/chat/completions" + rest),
  });
}

TEST_F(RequestGate, ChunksThatAreNotExactlyThatAreRefused) {
  const std::string model = R"({"model":"m"})";
  expect_refused({
      chat_in_chunks("0xd\r\n" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks("+d\r\n" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks("-d\r\n" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks(" d\r\n" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks("d\n" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks("d\r" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks("\r\n" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks("d;x\ny\r\n" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks("d\r\n" + model + "X\r\n0\r\n\r\n"),
      chat_in_chunks("d\r\n" + model + "\n0\r\n\r\n"),
      chat_in_chunks("d\r\n" + model + "X\n0\r\n\r\n"),
      chat_in_chunks("d\r\n" + model + "0\r\n\r\n"),
      chat_in_chunks("d\r\n" + model + "\r\n0\r\n\n"),
      chat_in_chunks("d\r\n" + model + "\r\n0\r\nX: y\n\r\n"),
      chat_in_chunks("1000000000000000d\r\n" + model + "\r\n0\r\n\r\n"),
      chat_in_chunks("d;" + std::string(300, 'x') + "\r\n" + model + "\r\n0\r\n\r\n"),
  });
}

TEST_F(RequestGate, WhatIsTooLargeIsRefusedAsThat) {
  const auto status_of = [&](const std::string& request) {
    RawClient client(port());
    client.send(request + get("/healthz"));
    const auto status = client.read_response().status();
    EXPECT_TRUE(client.at_end()) << request.substr(0, 100);
    return status;
  };
  std::string many_fields;
  for (int i = 0; i < 200; ++i) many_fields += "X: y\r\n";
  EXPECT_EQ(status_of(chat(many_fields + "Content-Length: 13\r\n")), 431);
  EXPECT_EQ(status_of(chat("X: " + std::string(40'000, 'x') + "\r\nContent-Length: 13\r\n")), 431);
  EXPECT_EQ(status_of(chat_from("POST /" + std::string(10'000, 'x') + " HTTP/1.1\r\nHost: h\r\n")), 414);
  EXPECT_EQ(
      status_of(chat_in_chunks("d\r\n" + std::string(body) + "\r\n0\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n")),
      400);
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(RequestGate, ARefusalIsWrittenToTheAccessLog) {
  RawClient client(port());
  client.send(chat("Transfer-Encoding: identity\r\n"));
  const auto id = client.read_response().field("x-request-id");
  const auto is_logged = [&](const std::string& output) {
    const auto at = output.find(id);
    return at != std::string::npos && output.find("\"status\":400") != std::string::npos;
  };
  EXPECT_TRUE(gateway_->process().wait_for_output(is_logged, Milliseconds(5'000))) << gateway_->process().output();
}

// What means the same to everybody passes, and goes upstream in one form.
TEST_F(RequestGate, WhatIsUnambiguousPassesWithOneLengthOfOurs) {
  const std::vector<std::string> requests{
      chat("Content-Length: 13\r\nContent-Length: 13\r\n"),
      chat("Content-Length: 13, 13\r\n"),
      chat("Content-Length: 013\r\n"),
      chat("content-LENGTH:13\r\n"),
      chat("Transfer-Encoding: CHUNKED\r\n", "D\r\n{\"model\":\"m\"}\r\n0\r\n\r\n"),
      chat_in_chunks("00d;a=b;c=\"d\"\r\n{\"model\":\"m\"}\r\n000\r\n\r\n"),
      "\r\n\r\n" + chat("Content-Length: 13\r\n"),
  };
  RawClient client(port());
  for (const auto& request : requests) {
    for (std::size_t split = 0; split < request.size(); ++split) {
      client.send_split(request, {split});
      const auto response = client.read_response();
      ASSERT_EQ(response.status(), 200) << request << " at " << split << ": " << response.body;
      ASSERT_EQ(response.body, body) << request << " at " << split;
    }
  }
  for (const auto& request : upstream_->requests()) {
    EXPECT_EQ(request.header("Transfer-Encoding"), nullptr);
    std::vector<std::string> lengths;
    for (const auto& [name, value] : request.headers) {
      if (name.size() == 14 && request.header("Content-Length") != nullptr) lengths.push_back(value);
    }
    ASSERT_EQ(lengths, std::vector<std::string>{"13"}) << request.raw;
    ASSERT_EQ(request.body, body);
  }
}

TEST_F(RequestGate, TrailersAreDropped) {
  const std::string request = chat_in_chunks(
      "d\r\n{\"model\":\"m\"}\r\n0\r\nHost: evil\r\nAuthorization: Bearer evil\r\nContent-Length: 0\r\n"
      "X-Sum: evil\r\n\r\n");
  RawClient client(port());
  for (std::size_t split = 0; split < request.size(); ++split) {
    client.send_split(request, {split});
    ASSERT_EQ(client.read_response().body, body) << split;
  }
  for (const auto& arrived : upstream_->requests()) {
    ASSERT_EQ(arrived.raw.find("evil"), std::string::npos) << arrived.raw;
    ASSERT_EQ(*arrived.header("Content-Length"), "13");
  }
}

}  // namespace
}  // namespace pointsman::test
