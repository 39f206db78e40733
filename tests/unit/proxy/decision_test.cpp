#include "pointsman/proxy/decision.hpp"

#include <gmock/gmock.h>

namespace pointsman::proxy {
namespace {

using std::chrono::microseconds;
using testing::EndsWith;

const Decision::Time began{std::chrono::hours(1)};

TEST(Decision, TellsWhatCameInOrder) {
  Decision decision(began);
  EXPECT_EQ(decision.fields(began), "x-pointsman-overhead-us: 0\r\n");
  decision.add("chosen: a");
  decision.add("not b: it is down");
  EXPECT_EQ(decision.fields(began + microseconds(12)),
            "x-pointsman-overhead-us: 12\r\nx-pointsman-decision: chosen: a | not b: it is down\r\n");
}

TEST(Decision, CountsNoWaitingForOthers) {
  Decision decision(began);
  decision.waits_from(began + microseconds(10));
  EXPECT_EQ(decision.overhead(began + microseconds(500)), microseconds(10));
  decision.waits_until(began + microseconds(1'010));
  EXPECT_EQ(decision.overhead(began + microseconds(1'025)), microseconds(25));
  decision.waits_until(began + microseconds(1'020));
  EXPECT_EQ(decision.overhead(began + microseconds(1'025)), microseconds(25));
  // What was there before anybody waited for it.
  decision.waits_from(began + microseconds(1'030));
  decision.waits_until(began);
  EXPECT_EQ(decision.overhead(began + microseconds(1'040)), microseconds(40));
}

TEST(Decision, WaitsWhileSomethingSaysSo) {
  const auto long_ago = std::chrono::steady_clock::now() - std::chrono::seconds(5);
  Decision decision(long_ago);
  {
    Decision::Wait wait(&decision);
    wait.end(std::chrono::steady_clock::now() + std::chrono::seconds(3));
  }
  EXPECT_LT(decision.overhead(std::chrono::steady_clock::now()), std::chrono::seconds(4));
  const Decision::Wait of_nobody(nullptr);
}

TEST(Decision, FitsIntoAFieldWhateverItSays) {
  Decision decision(began);
  decision.add("a\r\nSet-Cookie: x\\ \xc3\xa9");
  EXPECT_EQ(decision.fields(began),
            "x-pointsman-overhead-us: 0\r\nx-pointsman-decision: a\\x0d\\x0aSet-Cookie: x\\x5c \\xc3\\xa9\r\n");
}

TEST(Decision, IsBounded) {
  constexpr std::size_t around = std::string_view("x-pointsman-overhead-us: 0\r\nx-pointsman-decision: \r\n").size();
  for (const char c : {'x', '\n'}) {
    Decision decision(began);
    for (int i = 0; i < 100; ++i) decision.add(std::string(100, c));
    const auto fields = decision.fields(began);
    EXPECT_LE(fields.size(), around + Decision::longest);
    EXPECT_GT(fields.size(), around + Decision::longest - 10);
    EXPECT_THAT(fields, EndsWith("...\r\n"));
  }
}

}  // namespace
}  // namespace pointsman::proxy
