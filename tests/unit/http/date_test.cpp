#include "pointsman/http/date.hpp"

#include <gtest/gtest.h>

namespace pointsman::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

constexpr WallTime day(int year, unsigned month, unsigned number) {
  return sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(number));
}

const WallTime now = day(2026, 11, 23) + 11h;

TEST(Date, HasThreeForms) {
  struct Row {
    const char* text;
    WallTime time;
  };
  const Row rows[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", day(1994, 11, 6) + 8h + 49min + 37s},
      {"Sunday, 06-Nov-94 08:49:37 GMT", day(1994, 11, 6) + 8h + 49min + 37s},
      {"Sun Nov  6 08:49:37 1994", day(1994, 11, 6) + 8h + 49min + 37s},
      {"Sun Nov 16 08:49:37 1994", day(1994, 11, 16) + 8h + 49min + 37s},
      {"Thu, 01 Jan 1970 00:00:00 GMT", WallTime()},
      {"Mon, 23 Nov 2026 11:00:05 GMT", now + 5s},
      {"Fri, 31 Dec 9999 23:59:59 GMT", day(9999, 12, 31) + 24h - 1s},
      {"Wed, 29 Feb 2028 00:00:00 GMT", day(2028, 2, 29)},
      // A leap second is the first one of the next minute.
      {"Sat, 31 Dec 2016 23:59:60 GMT", day(2017, 1, 1)},
      // Whatever the day of the week is.
      {"Mon, 06 Nov 1994 08:49:37 GMT", day(1994, 11, 6) + 8h + 49min + 37s},
      // Two digits are of the latest such year that is no more than 50 years ahead.
      {"Monday, 23-Nov-26 11:00:05 GMT", now + 5s},
      {"Monday, 23-Nov-76 11:00:00 GMT", day(2076, 11, 23) + 11h},
      {"Monday, 24-Nov-76 11:00:00 GMT", day(1976, 11, 24) + 11h},
      {"Monday, 01-Jan-00 00:00:00 GMT", day(2000, 1, 1)},
      {"Monday, 31-Dec-99 00:00:00 GMT", day(1999, 12, 31)},
  };
  for (const auto& row : rows) {
    const auto found = parse_date(row.text, now);
    ASSERT_TRUE(found) << row.text;
    EXPECT_EQ(found->time_since_epoch().count(), row.time.time_since_epoch().count()) << row.text;
  }
}

TEST(Date, OfAnythingElseIsNone) {
  for (const auto* text : {
           "",
           "5",
           "Sun",
           "Sunday",
           "Sun,",
           "Sun, 06 Nov 1994 08:49:37",
           "Sun, 06 Nov 1994 08:49:37 UTC",
           "Sun, 06 Nov 1994 08:49:37 GMT ",
           "Sun, 6 Nov 1994 08:49:37 GMT",
           "Sun, 06 nov 1994 08:49:37 GMT",
           "sun, 06 Nov 1994 08:49:37 GMT",
           "Sun, 31 Nov 1994 08:49:37 GMT",
           "Sun, 00 Nov 1994 08:49:37 GMT",
           "Sun, 29 Feb 2027 00:00:00 GMT",
           "Sun, 06 Nov 1994 24:49:37 GMT",
           "Sun, 06 Nov 1994 08:60:37 GMT",
           "Sun, 06 Nov 1994 08:49:61 GMT",
           "Sun, 06 Nov 1994 08:49:3x GMT",
           "Sun, 06 Nov -994 08:49:37 GMT",
           "Sun, 06-Nov-94 08:49:37 GMT",
           "Sunday, 06 Nov 1994 08:49:37 GMT",
           "Sunday, 31-Feb-94 08:49:37 GMT",
           "Sunday, 06-Xyz-94 08:49:37 GMT",
           "Sun Nov 6 08:49:37 1994",
           "Sun Nov  6 08:49:37 94",
           "Sun Nov  6 08:49:37 1994 GMT",
           "1994-11-06T08:49:37Z",
       }) {
    EXPECT_FALSE(parse_date(text, now)) << text;
  }
}

}  // namespace
}  // namespace pointsman::http
