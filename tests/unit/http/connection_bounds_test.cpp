#include "served_connection.hpp"

#include <vector>

namespace pointsman::http {
namespace {

using namespace std::chrono_literals;
using test::eventually;

TEST(ConnectionBounds, AreKeptToTheByte) {
  struct Case {
    Limits limits;
    std::string within;
    std::string over;
    std::string refusal;
  };
  const std::vector<Case> cases{
      {{.head = 29}, get("/ab"), get("/abc"), "431 the head is larger than 29 bytes"},
      {{.head = 29}, get("/ab"), std::string(29, 'x'), "431 the head is larger than 29 bytes"},
      {{.fields = 2}, post("a: 1\r\n"), post("a: 1\r\nb: 2\r\n"), "431 the head has more than 2 fields"},
      {{.target = 3}, get("/ab"), get("/abc"), "414 the request target is longer than 3 bytes"},
      {{.body = 5}, sized(5, "abcde"), sized(6, "abcdef"), "400 too_large"},
      {{.body = 5}, chunked("5\r\nabcde\r\n0\r\n\r\n"), chunked("5\r\nabcde\r\n1\r\nf\r\n"), "400 too_large"},
      {{.chunk_extension = 4},
       chunked("1;abcd\r\nx\r\n1;abcd\r\nx\r\n0\r\n\r\n"),
       chunked("1;abcde\r\nx\r\n0\r\n\r\n"),
       "400 invalid_input"},
      {{.trailers = 8},
       chunked("0\r\na: b\r\nc: d\r\n\r\n"),
       chunked("0\r\na: b\r\nc: de\r\n\r\n"),
       "400 invalid_input"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.over);
    Site site(each.limits);
    const auto client = site.connect();
    client->send(each.within);
    EXPECT_EQ(client->next().substr(0, 4), "200 ");
    client->send(each.over);
    EXPECT_EQ(client->next(), each.refusal);
    EXPECT_TRUE(client->last_was_announced());
    EXPECT_EQ(client->next(), "closed");
  }
}

TEST(ConnectionBounds, AreSaidBeforeABodyIsAskedFor) {
  Site site({.body = 5});
  const auto client = site.connect();
  client->send(post("Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(client->next(), "100");
  client->send("abcde");
  EXPECT_EQ(client->next(), "200 / abcde");
  client->send(post("Expect: 100-continue\r\nContent-Length: 6\r\n"));
  EXPECT_EQ(client->next(), "400 too_large");
  EXPECT_EQ(client->next(), "closed");
}

// Two requests of 28 bytes each wait for the one at hand; one of them may have come with it.
TEST(ConnectionBounds, LetRequestsWaitForTheirTurn) {
  for (const bool with_it : {false, true}) {
    for (const bool within : {true, false}) {
      Site site({.pipelined = within ? 56u : 55u});
      const auto client = site.connect();
      client->send(get("/held") + (with_it ? get("/a") : ""));
      ASSERT_TRUE(came(site.echo().waiting));
      client->send((with_it ? "" : get("/a")) + get("/b"));
      site.settle(*client);
      site.release();
      EXPECT_EQ(client->next(), "200 /held");
      EXPECT_EQ(client->last_was_announced(), !within);
      if (within) EXPECT_EQ(client->next(), "200 /a");
      if (within) EXPECT_EQ(client->next(), "200 /b");
      if (!within) EXPECT_EQ(client->next(), "closed");
    }
  }
}

TEST(ConnectionBounds, DoNotHideThatAClientLeft) {
  Site site({.pipelined = 10});
  const auto client = site.connect();
  client->send(get("/held"));
  ASSERT_TRUE(came(site.echo().waiting));
  client->send(std::string(100'000, 'x'));
  site.settle(*client);
  EXPECT_FALSE(site.echo().left.try_acquire());
  client->close();
  EXPECT_TRUE(came(site.echo().left));
}

TEST(ConnectionBounds, LetARefusedBodyBeReadSoThatItsAnswerIs) {
  Site site({.body = 10, .drained = 10'000});
  const auto client = site.connect();
  client->send(sized(100'000));
  site.settle(*client);
  client->send(std::string(9'999, 'x'));
  site.settle(*client);
  EXPECT_EQ(site.connections(), 1u);
  client->send("x");
  EXPECT_TRUE(site.is_empty());
  EXPECT_EQ(client->next(), "400 too_large");
  EXPECT_EQ(client->next(), "closed");
}

// Who sends on would not get to read why, if the connection were closed with a reset meanwhile: curl does, and proxies.
TEST(ConnectionBounds, LetARefusedBodyOfAnyUsualSizeBeSentToItsEnd) {
  Site site({.body = 10});
  const auto client = site.connect();
  constexpr std::size_t size = 8 << 20;
  client->send(sized(size, std::string(size, 'x')));
  site.settle(*client);
  EXPECT_EQ(site.connections(), 1u);
  EXPECT_EQ(client->next(), "400 too_large");
}

TEST(ConnectionBounds, HoldForTheBodiesOfAllConnectionsTogether) {
  Site site({}, 100);
  const auto body_of_60 = sized(60);
  const std::string body(60, 'x');

  const auto first = site.connect();
  first->send(body_of_60);
  site.settle(*first);
  EXPECT_EQ(site.buffered(), 60u);

  for (const auto& request : {body_of_60, chunked("")}) {
    const auto second = site.connect();
    second->send(request);
    EXPECT_EQ(second->next(), "400 overloaded");
    EXPECT_EQ(second->next(), "closed");
    EXPECT_EQ(site.buffered(), 60u) << "what was refused takes nothing";
  }

  first->send(body);
  EXPECT_EQ(first->next(), "200 / " + body);
  EXPECT_TRUE(eventually([&] { return site.buffered() == 0; })) << "given back behind the answer";

  const auto third = site.connect();
  third->send(body_of_60);
  site.settle(*third);
  EXPECT_EQ(site.buffered(), 60u);
  third->send("some of it");
  third->close();
  EXPECT_TRUE(eventually([&] { return site.buffered() == 0; })) << "given back when the client has left";
}

// A body may pause for a second or, of those that trickle, needs 100 ms for each byte when its first second is over.
TEST(ConnectionTimes, EndARequestThatTakesTooLong) {
  const Limits head{.head_time = 1s, .idle_time = 100s};
  const Limits pauses{.body_pause = 1s, .body_grace = 100s};
  const Limits trickles{.body_pause = 1s, .body_grace = 1s, .body_rate = 10};
  struct Case {
    Limits limits;
    std::string begin;
    Milliseconds until_more;
    std::string more;
    Milliseconds until_end;
    std::string refusal;
  };
  const std::vector<Case> cases{
      {head, "GET ", 600ms, "/ HTTP", 400ms, "408 the head was not whole after 1000 ms"},
      {pauses, sized(9), 999ms, "x", 1000ms, "400 timeout"},
      {trickles, sized(9), 900ms, "x", 200ms, "400 timeout"},
      {trickles, chunked("9\r\n"), 900ms, "x", 200ms, "400 timeout"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.begin);
    Site site(each.limits);
    const auto client = site.connect();
    client->send(each.begin);
    site.pass(*client, each.until_more);
    client->send(each.more);
    site.pass(*client, each.until_end - 1ms);
    EXPECT_FALSE(client->hears_something());
    site.pass(*client, 1ms);
    EXPECT_EQ(client->next(), each.refusal);
    EXPECT_EQ(client->next(), "closed");
  }
}

TEST(ConnectionTimes, EndAnIdleConnectionInSilence) {
  Site site({.head_time = 100s, .idle_time = 1s});
  const auto client = site.connect();
  site.pass(*client, 999ms);
  client->send(get("/"));
  EXPECT_EQ(client->next(), "200 /");
  site.pass(*client, 999ms);
  EXPECT_FALSE(client->hears_something());
  site.pass(*client, 1ms);
  EXPECT_EQ(client->next(), "closed");
}

TEST(ConnectionTimes, EndAnAnswerThatNobodyTakes) {
  Site site({.write_pause = 1s});
  const auto client = site.connect();
  client->send(get("/large"));
  site.pass(*client, 999ms);
  EXPECT_FALSE(site.echo().given_up.try_acquire());
  site.pass(*client, 1ms);
  EXPECT_TRUE(came(site.echo().given_up));
  EXPECT_TRUE(site.is_empty());
  EXPECT_EQ(client->next(), "cut");
}

TEST(ConnectionTimes, EndTheWaitForARefusedBody) {
  Site site({.body = 10, .linger_time = 1s});
  const auto client = site.connect();
  client->send(sized(100'000, "some of it"));
  site.pass(*client, 999ms);
  EXPECT_EQ(site.connections(), 1u);
  site.pass(*client, 1ms);
  EXPECT_TRUE(site.is_empty());
  EXPECT_EQ(client->next(), "400 too_large");
}

}  // namespace
}  // namespace pointsman::http
