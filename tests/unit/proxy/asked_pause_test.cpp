#include "pointsman/proxy/asked_pause.hpp"

#include <gtest/gtest.h>

namespace pointsman::proxy {
namespace {

// Wed, 21 Oct 2015 07:28:00.250 GMT
constexpr WallTime now{Milliseconds(1'445'412'480'250)};

std::optional<Milliseconds> asked(std::string_view seconds, std::string_view milliseconds = "") {
  http::ResponseHead head;
  if (!seconds.empty()) head.fields.add("Retry-After", seconds);
  if (!milliseconds.empty()) head.fields.add("Retry-After-Ms", milliseconds);
  return asked_pause(head, now);
}

TEST(AskedPause, IsInSecondsOrFiner) {
  EXPECT_EQ(asked(""), std::nullopt);
  EXPECT_EQ(asked("0"), Milliseconds(0));
  EXPECT_EQ(asked("2"), Milliseconds(2'000));
  EXPECT_EQ(asked("0.25"), Milliseconds(250));
  EXPECT_EQ(asked("2", "1500"), Milliseconds(1'500));
  EXPECT_EQ(asked("", "7.2"), Milliseconds(8));
  EXPECT_EQ(asked("2", "soon"), Milliseconds(2'000));
}

TEST(AskedPause, OfSomethingElseIsNone) {
  for (const auto* each : {"-1", "1 s", "1s", " 1", "nan", "inf", "1e3", "Wed, 21 Oct 2015 07:28:00"}) {
    EXPECT_EQ(asked(each), std::nullopt) << each;
  }
}

TEST(AskedPause, MayBeUntilADate) {
  EXPECT_EQ(asked("Wed, 21 Oct 2015 07:28:03 GMT"), Milliseconds(2'750));
  EXPECT_EQ(asked("Wednesday, 21-Oct-15 07:28:03 GMT"), Milliseconds(2'750));
  EXPECT_EQ(asked("Wed Oct 21 07:28:03 2015"), Milliseconds(2'750));
  EXPECT_EQ(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Milliseconds(0)) << "it is over";
  EXPECT_EQ(asked("Thu, 01 Jan 1970 00:00:00 GMT"), Milliseconds(0));
  EXPECT_EQ(asked("Wed, 21 Oct 2015 07:28:03 GMT", "100"), Milliseconds(100)) << "the finer one";
}

TEST(AskedPause, HasABound) {
  EXPECT_EQ(asked("99999999999999999999"), std::chrono::hours(24));
  EXPECT_EQ(asked("Fri, 31 Dec 9999 23:59:59 GMT"), std::chrono::hours(24));
}

}  // namespace
}  // namespace pointsman::proxy
