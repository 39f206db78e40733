#include <gtest/gtest.h>

#include <string>

#include "support/behind_gateway.hpp"
#include "support/eventually.hpp"
#include "support/wire.hpp"

// A client that reads more slowly than its endpoint sends, or not at all.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;

constexpr const char* body = R"({"model":"m"})";

class SlowClient : public BehindGateway {
 protected:
  const std::string content_ = std::string(64 << 20, 'x');
};

TEST_F(SlowClient, IsNoFaultOfItsEndpoint) {
  start({{chat_route,
          [&](Conversation& conversation) -> awaitable<void> {
            const bool silent = conversation.request().body.find("silent") != std::string::npos;
            std::string text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(content_.size()) + "\r\n\r\n";
            text += silent ? "x" : content_;
            co_await conversation.send(std::move(text));
            if (silent) co_await conversation.until_client_leaves();
          }}},
        {.of_endpoint = "timeouts: {idle: 300ms}"});
  RawClient slow(port(), Milliseconds(60'000));
  slow.send(post(body));
  ASSERT_NE(slow.read_some(), "");
  // Once this one is cut for its endpoint's silence, the slow one has waited as long.
  for (int i = 0; i < 2; ++i) {
    RawClient other(port());
    other.send(post(R"({"model":"m","x":"silent"})"));
    ASSERT_FALSE(other.read_response().complete);
  }
  std::size_t read = 0;
  for (auto piece = slow.read_some(); !piece.empty(); piece = slow.read_some()) {
    read += piece.size();
    if (read > content_.size() - 1'000'000) break;
  }
  EXPECT_GT(read, content_.size() - 1'000'000);
}

TEST_F(SlowClient, ThatStopsReadingAndLeavesFreesItsPlace) {
  start({{chat_route,
          [&](Conversation& conversation) -> awaitable<void> {
            const bool large = conversation.request().body.find("large") != std::string::npos;
            std::string answer = ok(large ? content_ : "ok");
            co_await conversation.send(std::move(answer));
          }}},
        {.of_endpoint = "max_concurrent: 1"});
  RawClient client(port());
  client.send(post(R"({"model":"m","x":"large"})"));
  ASSERT_NE(client.read_some(), "");
  client.half_close();
  EXPECT_TRUE(eventually([&] { return ask(port(), "POST", chat_path, body).status() == 200; }));
}

}  // namespace
}  // namespace pointsman::test
