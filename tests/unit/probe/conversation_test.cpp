#include "pointsman/probe/conversation.hpp"

#include <gtest/gtest.h>

#include "../../support/doubles/server_double.hpp"
#include "probing.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(Conversation, WritesDownWhatWasSent) {
  ServerDouble server([](const Asked&) { return Reply::json(404, "no\nsuch thing"); });
  const ManualClock clock;
  Conversation conversation(target_of(server.url()), clock);
  run(conversation.ask(post("/v1/responses", "{")));
  const auto sent = conversation.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].request, "POST /v1/responses {");
  EXPECT_EQ(sent[0].status, 404);
  EXPECT_EQ(sent[0].note, "no such thing");
}

TEST(Conversation, AsksOnceWhatNeedBeAskedOnceOnly) {
  ServerDouble server([](const Asked& asked) { return Reply::json(asked.path == "/a" ? 200 : 404, R"({"n":1})"); });
  const ManualClock clock;
  Conversation conversation(target_of(server.url()), clock);
  EXPECT_EQ(run(conversation.ask_once(get("/a"))).status, 200);
  EXPECT_EQ(run(conversation.document("/a")).value()["n"], 1);
  EXPECT_FALSE(run(conversation.document("/b"))) << "an error's JSON is not the document";
  EXPECT_FALSE(run(conversation.document("/b")));
  EXPECT_EQ(server.lines(), (std::vector<std::string>{"GET /a", "GET /b"}));
  EXPECT_EQ(conversation.take_sent().size(), 2u);
}

TEST(Conversation, TakesFourDeadlinesInAll) {
  ServerDouble server([](const Asked&) { return Reply::json(200, ""); });
  ManualClock clock;
  const Target target = target_of(server.url());
  Conversation conversation(target, clock);
  clock.advance(4 * target.timeout - Milliseconds(1'000));
  EXPECT_TRUE(run(conversation.ask(get("/"))).answered());
  clock.advance(Milliseconds(1'000));
  EXPECT_EQ(run(conversation.ask(get("/"))).failure, Failure::stopped);
  EXPECT_TRUE(conversation.is_over());
  EXPECT_EQ(server.asked().size(), 1u);
}

TEST(Conversation, GoesOnAfterOneBadAnswerOnly) {
  ServerDouble server(
      [](const Asked& asked) { return asked.path == "/bad" ? Reply{.raw = "H"} : Reply::json(200, ""); });
  const ManualClock clock;
  Conversation conversation(target_of(server.url()), clock);
  EXPECT_EQ(run(conversation.ask(get("/bad"))).failure, Failure::broken);
  EXPECT_TRUE(run(conversation.ask(get("/"))).answered());
}

TEST(Conversation, EndsWhenNobodyIsThere) {
  std::uint16_t closed_port = 0;
  {
    ServerDouble gone([](const Asked&) { return Reply{}; });
    closed_port = gone.port();
  }
  const ManualClock clock;
  Conversation conversation(target_of(config::parse_url("http://127.0.0.1:" + std::to_string(closed_port)).value()),
                            clock);
  run(conversation.ask(get("/")));
  EXPECT_TRUE(conversation.is_over());
  EXPECT_EQ(run(conversation.ask(get("/"))).failure, Failure::stopped);
  EXPECT_EQ(conversation.take_sent().size(), 1u);
}

}  // namespace
}  // namespace pointsman::probe
