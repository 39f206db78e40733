#include "pointsman/demo/endpoint.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>

namespace pointsman::demo {
namespace {

namespace asio = boost::asio;

// One request on a connection of its own.
Message ask(const Endpoint& endpoint, const std::string& start_line, const std::string& body = "") {
  const auto url = endpoint.url();
  asio::ip::tcp::iostream stream;
  stream.expires_after(std::chrono::seconds(10));
  stream.connect("127.0.0.1", url.substr(url.rfind(':') + 1));
  stream << start_line << " HTTP/1.1\r\nConnection: close\r\nContent-Length: " << body.size() << "\r\n\r\n"
         << body << std::flush;
  const std::string answer{std::istreambuf_iterator<char>(stream), {}};
  MessageReader reader(start_line.starts_with("HEAD") ? MessageReader::Expect::response_without_body
                                                      : MessageReader::Expect::response);
  EXPECT_EQ(reader.feed(answer), answer.size());
  EXPECT_EQ(reader.state(), MessageReader::State::complete) << reader.fault();
  return reader.take();
}

const std::string chat_body = R"({"model":"demo","messages":[{"role":"user","content":"a b"}]})";
const std::string streamed_body = R"({"model":"demo","stream":true,"messages":[{"role":"user","content":"a b"}]})";

TEST(DemoEndpoint, AnswersAsJson) {
  Endpoint endpoint(Milliseconds(0));
  const auto answer = ask(endpoint, "POST /v1/chat/completions", chat_body);
  EXPECT_EQ(answer.start_line, "HTTP/1.1 200 OK");
  EXPECT_EQ(*answer.header("Content-Type"), "application/json");
  EXPECT_NE(answer.body.find(R"("content":"a b")"), std::string::npos) << answer.body;
}

TEST(DemoEndpoint, StreamsAsEvents) {
  Endpoint endpoint(Milliseconds(0));
  const auto answer = ask(endpoint, "POST /v1/chat/completions", streamed_body);
  EXPECT_EQ(answer.start_line, "HTTP/1.1 200 OK");
  EXPECT_EQ(*answer.header("Content-Type"), "text/event-stream");
  EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n")) << answer.body;
}

TEST(DemoEndpoint, TakesItsTimeBetweenWords) {
  const Milliseconds pause(20);
  Endpoint endpoint(pause);
  const auto begin = std::chrono::steady_clock::now();
  ask(endpoint, "POST /v1/chat/completions", streamed_body);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 2 * pause);
}

TEST(DemoEndpoint, SaysWhatARouteTakes) {
  Endpoint endpoint(Milliseconds(0));
  const auto answer = ask(endpoint, "GET /v1/responses");
  EXPECT_EQ(answer.start_line, "HTTP/1.1 405 Method Not Allowed");
  EXPECT_EQ(*answer.header("Allow"), "POST");
  EXPECT_EQ(ask(endpoint, "HEAD /v1/models").start_line, "HTTP/1.1 405 Method Not Allowed");
}

TEST(DemoEndpoint, GivesEachAnswerAnIdOfItsOwn) {
  Endpoint endpoint(Milliseconds(0));
  EXPECT_NE(ask(endpoint, "POST /v1/chat/completions", chat_body).body,
            ask(endpoint, "POST /v1/chat/completions", chat_body).body);
}

}  // namespace
}  // namespace pointsman::demo
