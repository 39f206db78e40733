#include "pointsman/observe/trace.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace pointsman::observe {
namespace {

const TraceContext of_client = *parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
constexpr AttemptTarget target{.endpoint = "e",
                               .server_type = "",
                               .scheme = "http",
                               .host = "gpu",
                               .port = 80,
                               .path = "/chat",
                               .base = "/v1",
                               .model = "m"};

TEST(Trace, GoesOnWithTheClients) {
  TraceIds ids;
  const Trace trace(ids, of_client, 0, true);
  EXPECT_EQ(trace.id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace.parent(), of_client.span);
  EXPECT_NE(trace.context().span, of_client.span);
  EXPECT_TRUE(trace.is_continued());
  EXPECT_TRUE(trace.is_told()) << "whatever share of our own is";
}

TEST(Trace, HeedsThatTheClientsIsNotSampled) {
  TraceIds ids;
  auto from = of_client;
  from.sampled = false;
  Trace trace(ids, from, 1, true);
  EXPECT_FALSE(trace.is_told());
  trace.begin_attempt(target);
  const auto passed = parse_traceparent(trace.traceparent());
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->trace, of_client.trace);
  EXPECT_FALSE(passed->sampled);
  trace.end_attempt("");
  EXPECT_TRUE(trace.attempts().empty());
}

TEST(Trace, BeginsHere) {
  TraceIds ids;
  for (const double share : {0.0, 1.0}) {
    const Trace trace(ids, std::nullopt, share, true);
    EXPECT_FALSE(trace.parent());
    EXPECT_FALSE(trace.is_continued());
    EXPECT_EQ(trace.context().sampled, share == 1);
    EXPECT_EQ(trace.is_told(), share == 1);
  }
  const Trace untold(ids, std::nullopt, 1, false);
  EXPECT_TRUE(untold.context().sampled) << "others may tell of it";
  EXPECT_FALSE(untold.is_told());
}

TEST(Trace, IsSampledAnew) {
  TraceIds ids;
  Trace trace(ids, of_client, 1, true);
  trace.sample(false);
  EXPECT_FALSE(trace.is_told());
  EXPECT_EQ(trace.id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  trace.sample(true);
  EXPECT_TRUE(trace.is_told());
  Trace untold(ids, of_client, 1, false);
  untold.sample(true);
  EXPECT_FALSE(untold.is_told()) << "there is nobody to tell";
}

TEST(Trace, EachAttemptIsASpanOfItsOwn) {
  TraceIds ids;
  Trace trace(ids, of_client, 1, true);
  trace.begin_attempt(target);
  const auto first = trace.traceparent();
  trace.head_came(TracedAttempt::Clock::now(), 503);
  trace.end_attempt("");
  trace.begin_attempt(target);
  const auto second = trace.traceparent();
  EXPECT_NE(first, second);
  ASSERT_EQ(trace.attempts().size(), 2u);
  EXPECT_EQ(parse_traceparent(first)->span, trace.attempts()[0].id);
  EXPECT_EQ(parse_traceparent(second)->span, trace.attempts()[1].id);
  EXPECT_EQ(trace.attempts()[0].status, 503);
  EXPECT_EQ(trace.attempts()[1].status, 0) << "it has not answered";
  EXPECT_EQ(trace.attempts()[0].path, "/v1/chat");
  EXPECT_EQ(trace.attempts()[0].model, "m");
  EXPECT_EQ(trace.attempts()[1].ended, TracedAttempt::Time());
  trace.end("client_left");
  EXPECT_EQ(trace.attempts()[0].cause, "") << "it had ended";
  EXPECT_EQ(trace.attempts()[1].cause, "client_left");
  EXPECT_GE(trace.attempts()[1].ended, trace.attempts()[1].began);
}

}  // namespace
}  // namespace pointsman::observe
