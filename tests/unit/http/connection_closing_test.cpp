#include "served_connection.hpp"

// Connections when the gateway stops.
namespace pointsman::http {
namespace {

void close_all(Site& site) {
  site.on_worker([&] { site.echo().close_connections(); });
}

TEST(ClosingConnection, ThatHasWaitedForLongEndsAtOnce) {
  Site site({});
  const auto fresh = site.connect();
  const auto used = site.connect();
  used->send(get("/first"));
  EXPECT_EQ(used->next(), "200 /first");
  site.pass(*used, Handler::last_call);
  EXPECT_EQ(site.connections(), 2u);

  close_all(site);
  EXPECT_EQ(fresh->next(), "closed");
  EXPECT_EQ(used->next(), "closed");
  EXPECT_TRUE(site.is_empty());
}

TEST(ClosingConnection, ThatWasUsedJustNowIsOpenForTheLastCall) {
  Site site({});
  const auto client = site.connect();
  client->send(get("/first"));
  EXPECT_EQ(client->next(), "200 /first");
  EXPECT_FALSE(client->last_was_announced());

  close_all(site);
  site.pass(*client, Handler::last_call - Milliseconds(1));
  EXPECT_FALSE(client->hears_something());
  client->send(get("/second"));
  EXPECT_EQ(client->next(), "200 /second");
  EXPECT_TRUE(client->last_was_announced());
  EXPECT_EQ(client->next(), "closed");
}

TEST(ClosingConnection, ThatIsNotUsedAgainEndsAfterTheLastCall) {
  Site site({});
  const auto client = site.connect();
  close_all(site);
  site.pass(*client, Handler::last_call - Milliseconds(1));
  EXPECT_FALSE(client->hears_something());
  site.pass(*client, Milliseconds(1));
  EXPECT_EQ(client->next(), "closed");
}

TEST(ClosingConnection, ThatComesLateIsServedOnce) {
  Site site({});
  close_all(site);
  const auto client = site.connect();
  client->send(get("/only") + get("/ignored"));
  EXPECT_EQ(client->next(), "200 /only");
  EXPECT_TRUE(client->last_was_announced());
  EXPECT_EQ(client->next(), "closed");
}

TEST(ClosingConnection, FinishesItsRequestAndSaysThatItEnds) {
  Site site({});
  const auto client = site.connect();
  client->send(get("/held"));
  ASSERT_TRUE(came(site.echo().waiting));
  close_all(site);
  site.pass(*client, 2 * Handler::last_call);
  EXPECT_FALSE(client->hears_something());
  site.release();
  EXPECT_EQ(client->next(), "200 /held");
  EXPECT_TRUE(client->last_was_announced());
  EXPECT_EQ(client->next(), "closed");
}

TEST(ClosingConnection, KeepsWhatTheHeadOfAnAnswerPromised) {
  Site site({});
  const auto client = site.connect();
  client->send(get("/large"));
  EXPECT_TRUE(test::eventually([&] { return client->hears_something(); }));
  close_all(site);
  EXPECT_EQ(client->next().size(), 4u + (std::size_t{32} << 20));
  EXPECT_FALSE(client->last_was_announced());
  client->send(get("/next"));
  EXPECT_EQ(client->next(), "200 /next");
  EXPECT_TRUE(client->last_was_announced());
  EXPECT_EQ(client->next(), "closed");
}

TEST(ClosingConnection, WaitsForTheRestOfAHead) {
  Site site({});
  const auto client = site.connect();
  const std::string request = get("/slow");
  client->send(request.substr(0, 3));
  site.pass(*client, Milliseconds(0));
  close_all(site);
  site.pass(*client, 2 * Handler::last_call);
  client->send(request.substr(3));
  EXPECT_EQ(client->next(), "200 /slow");
  EXPECT_TRUE(client->last_was_announced());
}

}  // namespace
}  // namespace pointsman::http
