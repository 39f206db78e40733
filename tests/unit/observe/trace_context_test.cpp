#include "pointsman/observe/trace_context.hpp"

#include <gtest/gtest.h>

#include <set>

#include "pointsman/base/hexadecimal.hpp"

namespace pointsman::observe {
namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string span = "00f067aa0ba902b7";
const std::string good = "00-" + trace + "-" + span + "-01";

TEST(TraceContext, IsReadAndWritten) {
  const auto context = parse_traceparent(good);
  ASSERT_TRUE(context);
  EXPECT_EQ(hexadecimal(context->trace), trace);
  EXPECT_EQ(hexadecimal(context->span), span);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(traceparent(*context), good);
}

// The lowest bit alone says whether it is sampled; we set no other.
TEST(TraceContext, HasOneFlag) {
  const std::pair<std::string, bool> cases[] = {{"00", false}, {"01", true},  {"02", false},
                                                {"03", true},  {"fe", false}, {"ff", true}};
  for (const auto& [flags, sampled] : cases) {
    SCOPED_TRACE(flags);
    const auto context = parse_traceparent("00-" + trace + "-" + span + "-" + flags);
    ASSERT_TRUE(context);
    EXPECT_EQ(context->sampled, sampled);
    EXPECT_EQ(traceparent(*context), "00-" + trace + "-" + span + (sampled ? "-01" : "-00"));
  }
}

// W3C Trace Context §3.2.4: what is there of the version that is known is read.
TEST(TraceContext, OfALaterVersionIsReadByItsBeginning) {
  for (const auto& value : {"01-" + trace + "-" + span + "-01", "cc-" + trace + "-" + span + "-01-what-the-future-is",
                            "fe-" + trace + "-" + span + "-01-"}) {
    SCOPED_TRACE(value);
    const auto context = parse_traceparent(value);
    ASSERT_TRUE(context);
    EXPECT_EQ(traceparent(*context), good);
  }
}

TEST(TraceContext, OfAnotherFormIsNone) {
  const std::string zeros(32, '0');
  const std::string cases[] = {
      "",
      "00",
      good.substr(0, 54),
      good + "-",
      good + "-more",
      good + " ",
      " " + good,
      "01-" + trace + "-" + span + "-01more",
      "ff-" + trace + "-" + span + "-01",
      "FE-" + trace + "-" + span + "-01",
      "0g-" + trace + "-" + span + "-01",
      "00-" + zeros + "-" + span + "-01",
      "00-" + trace + "-" + zeros.substr(0, 16) + "-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01",
      "00-" + trace + "-00F067AA0BA902B7-01",
      "00-" + trace + "-" + span + "-0A",
      "00-" + trace + "-" + span + "-0g",
      "00_" + trace + "-" + span + "-01",
      "00-" + trace + "_" + span + "-01",
      "00-" + trace + "-" + span + "_01",
      "00-" + trace.substr(1) + "-" + span + "0-01",
      "00-" + trace + "-" + span + "-1 ",
      "00-" + trace.substr(1) + "g-" + span + "-01",
      good + "," + good,
  };
  for (const auto& value : cases) EXPECT_FALSE(parse_traceparent(value)) << value;
}

// Wherever one character is another one, it is read as something else or not at all.
TEST(TraceContext, CountsEveryCharacter) {
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char c : {'x', 'A', '-', '\0', '\xff'}) {
      auto value = good;
      if (value[at] == c) continue;
      value[at] = c;
      EXPECT_FALSE(parse_traceparent(value)) << value;
    }
  }
}

TEST(TraceIds, AreNeverZeroAndNeverTheSame) {
  TraceIds one;
  TraceIds other;
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    for (auto* ids : {&one, &other}) {
      const TraceContext context{ids->next_trace(), ids->next_span(), true};
      EXPECT_EQ(parse_traceparent(traceparent(context)), context);
      EXPECT_TRUE(seen.insert(hexadecimal(context.trace)).second);
      EXPECT_TRUE(seen.insert(hexadecimal(context.span)).second);
    }
  }
}

TEST(Sampling, TakesTheShare) {
  TraceIds ids;
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto id = ids.next_trace();
    EXPECT_TRUE(is_sampled(id, 1));
    EXPECT_FALSE(is_sampled(id, 0));
    taken += is_sampled(id, 0.1) ? 1 : 0;
    EXPECT_TRUE(!is_sampled(id, 0.1) || is_sampled(id, 0.2));
  }
  EXPECT_NEAR(taken, 1'000, 200);
}

}  // namespace
}  // namespace pointsman::observe
