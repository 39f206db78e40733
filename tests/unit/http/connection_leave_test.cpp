#include "served_connection.hpp"

namespace pointsman::http {
namespace {

using test::eventually;

TEST(ClientThatLeaves, IsSeenAtItsEnd) {
  Site site({.half_close = false});
  const auto client = site.connect();
  client->send(get("/held"));
  ASSERT_TRUE(came(site.echo().waiting));
  client->end_sending();
  EXPECT_TRUE(came(site.echo().left));
  EXPECT_EQ(client->next(), "closed");
}

TEST(ClientThatLeaves, IsSeenByWhoBeginsToListenLater) {
  Site site({});
  const auto client = site.connect();
  client->send(get("/unheard"));
  ASSERT_TRUE(came(site.echo().waiting));
  client->close();
  ASSERT_TRUE(eventually([&] { return site.on_worker([&] { return site.echo().client_has_left(); }); }));
  EXPECT_FALSE(site.echo().left.try_acquire());
  site.release();
  EXPECT_TRUE(came(site.echo().left));
}

TEST(ClientThatEndsItsSideOnly, GetsItsAnswer) {
  Site site({.half_close = true});
  const auto client = site.connect();
  client->send(get("/held") + get("/next"));
  ASSERT_TRUE(came(site.echo().waiting));
  client->end_sending();
  site.pass(*client, net::Worker::tick);
  EXPECT_FALSE(site.echo().left.try_acquire());
  site.release();
  EXPECT_EQ(client->next(), "200 /held");
  EXPECT_EQ(client->next(), "200 /next");
  EXPECT_EQ(client->next(), "closed");
}

TEST(ClientThatEndsItsSideOnly, IsSeenToLeaveWithinATick) {
  Site site({.half_close = true});
  const auto client = site.connect();
  client->send(get("/held"));
  ASSERT_TRUE(came(site.echo().waiting));
  client->end_sending();
  site.pass(*client, net::Worker::tick);
  EXPECT_FALSE(site.echo().left.try_acquire());
  client->reset();
  site.pass(*client, net::Worker::tick);
  EXPECT_TRUE(came(site.echo().left));
}

}  // namespace
}  // namespace pointsman::http
