#include "pointsman/demo/scripted_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace pointsman::demo {
namespace {

namespace asio = boost::asio;
using Seen = ScriptedServer::Seen;
constexpr std::chrono::seconds deadline{10};

// A blocking client; every operation fails when the deadline has passed.
class Client {
 public:
  explicit Client(const ScriptedServer& server) {
    stream_.expires_after(deadline);
    stream_.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), server.port()));
  }

  void send(const std::string& bytes) { stream_ << bytes << std::flush; }
  std::string read(std::size_t count) {
    std::string bytes(count, '\0');
    stream_.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(stream_.gcount()));
    return bytes;
  }
  std::string read_to_end() { return {std::istreambuf_iterator<char>(stream_), {}}; }
  boost::system::error_code error() const { return stream_.error(); }
  void close() { stream_.close(); }

 private:
  asio::ip::tcp::iostream stream_;
};

const std::string get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

asio::awaitable<void> echo(Conversation& conversation) {
  const auto body = conversation.request().body;
  co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

TEST(ScriptedServer, GivesTheScriptTheRequestAsItCame) {
  ScriptedServer server(echo);
  Client client(server);
  const std::string raw =
      "POST /p?q=1 HTTP/1.1\r\nhOST: h\r\nX-Two: 1\r\nx-two: 2\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  client.send(raw);
  EXPECT_EQ(client.read(40), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
  const auto seen = server.seen();
  ASSERT_EQ(seen.kept.size(), 1u);
  const auto& request = seen.kept[0];
  EXPECT_EQ(request.method(), "POST");
  EXPECT_EQ(request.target(), "/p?q=1");
  EXPECT_EQ(request.headers,
            (std::vector<Header>{{"hOST", "h"}, {"X-Two", "1"}, {"x-two", "2"}, {"Transfer-Encoding", "chunked"}}));
  EXPECT_EQ(request.body, "ab");
  EXPECT_EQ(request.raw, raw);
}

TEST(ScriptedServer, KeepsTheConnectionAndCounts) {
  ScriptedServer server([](Conversation& conversation) -> asio::awaitable<void> {
    co_await conversation.send(std::to_string(conversation.connection()) + std::to_string(conversation.turn()) + ' ');
  });
  Client first(server);
  first.send(get + get);  // pipelined
  EXPECT_EQ(first.read(6), "11 12 ");
  Client second(server);
  second.send(get);
  EXPECT_EQ(second.read(3), "21 ");
  const auto seen = server.seen();
  EXPECT_EQ(seen.connections, 2u);
  EXPECT_EQ(seen.open, 2u);
  EXPECT_EQ(seen.requests, 3u);
  first.close();
  EXPECT_TRUE(server.wait_for([](const Seen& now) { return now.open == 1; }, deadline));
  EXPECT_EQ(server.seen().abandoned, 0u);
}

TEST(ScriptedServer, EndsTheConnectionWhenTheRequestSaysSo) {
  ScriptedServer server(echo);
  for (const std::string request : {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    Client client(server);
    client.send(request);
    EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\n"));
    EXPECT_FALSE(client.error() && client.error() != asio::error::eof) << client.error();
  }
}

TEST(ScriptedServer, SendsNothingButWhatTheScriptSays) {
  ScriptedServer server([](Conversation& conversation) -> asio::awaitable<void> {
    co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    conversation.close();
  });
  Client client(server);
  client.send(get);
  EXPECT_EQ(client.read_to_end(), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
}

TEST(ScriptedServer, ResetsTheConnection) {
  ScriptedServer server([](Conversation& conversation) -> asio::awaitable<void> {
    conversation.reset();
    co_return;
  });
  Client client(server);
  client.send(get);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(client.error(), asio::error::connection_reset);
  EXPECT_TRUE(server.seen().faults.empty());
}

TEST(ScriptedServer, WaitsForTheGate) {
  Gate gate;
  ScriptedServer server([gate](Conversation& conversation) -> asio::awaitable<void> {
    co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
    co_await conversation.wait(gate);
    co_await conversation.send("b");
  });
  Client client(server);
  client.send(get);
  EXPECT_EQ(client.read(39), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
  gate.open();
  EXPECT_EQ(client.read(1), "b");
  client.send(get);  // an open gate stays open
  EXPECT_EQ(client.read(40), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
}

TEST(ScriptedServer, CanBeDestroyedWhileAScriptWaits) {
  Gate gate;
  {
    ScriptedServer server([gate](Conversation& conversation) { return conversation.wait(gate); });
    Client client(server);
    client.send(get);
    EXPECT_TRUE(server.wait_for([](const Seen& seen) { return seen.requests == 1; }, deadline));
  }
  gate.open();
}

TEST(ScriptedServer, SeesTheClientLeave) {
  ScriptedServer server([](Conversation& conversation) { return conversation.until_client_leaves(); });
  {
    Client client(server);
    client.send(get);
    EXPECT_TRUE(server.wait_for([](const Seen& seen) { return seen.requests == 1; }, deadline));
    EXPECT_EQ(server.seen().abandoned, 0u);
  }
  EXPECT_TRUE(server.wait_for([](const Seen& seen) { return seen.abandoned == 1 && seen.open == 0; }, deadline));
}

TEST(ScriptedServer, MayAnswerBeforeTheBodyHasCome) {
  const auto script = [](Conversation& conversation) -> asio::awaitable<void> {
    co_await conversation.send("HTTP/1.1 100 Continue\r\n\r\n");
    co_await conversation.read_body();
    co_await echo(conversation);
  };
  ScriptedServer server(script, {.begin_with_head = true});
  Client client(server);
  client.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ab");
  EXPECT_EQ(client.read(40), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
  client.close();
  EXPECT_TRUE(
      server.wait_for([](const Seen& seen) { return seen.open == 0 && seen.kept.at(0).body == "ab"; }, deadline));
}

TEST(ScriptedServer, NotesWhatIsNoHttpAndWhatScriptsThrow) {
  ScriptedServer server([](Conversation&) -> asio::awaitable<void> {
    throw std::runtime_error("a mistake");
    co_return;
  });
  Client garbage(server);
  garbage.send("garbage\r\n\r\n");
  EXPECT_EQ(garbage.read_to_end(), "");
  Client thrown(server);
  thrown.send(get);
  EXPECT_EQ(thrown.read_to_end(), "");
  EXPECT_TRUE(server.wait_for([](const Seen& seen) { return seen.open == 0; }, deadline));
  const auto faults = server.seen().faults;
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0], "this is no start line of HTTP/1: garbage");
  EXPECT_EQ(faults[1], "a script threw: a mistake");
}

TEST(ScriptedServer, KeepsNothingWhenItRunsForLong) {
  ScriptedServer server(echo, {.keep_requests = false});
  Client client(server);
  client.send(get);
  client.read(38);
  EXPECT_EQ(server.seen().requests, 1u);
  EXPECT_TRUE(server.seen().kept.empty());
}

}  // namespace
}  // namespace pointsman::demo
