#include "pointsman/http/date.hpp"

#include <algorithm>
#include <array>

namespace pointsman::http {
namespace {

using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> weekdays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a date apart from its front. What is not there as it should be makes all of it wrong.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool is_right_and_over() const { return right_ && rest_.empty(); }

  void expect(std::string_view text) {
    const bool is_there = rest_.starts_with(text);
    right_ = right_ && is_there;
    if (is_there) rest_.remove_prefix(text.size());
  }
  unsigned number(std::size_t digits) {
    const auto text = take(digits);
    unsigned value = 0;
    for (const char c : text) {
      right_ = right_ && c >= '0' && c <= '9';
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
  }
  // asctime pads the day with a space.
  unsigned padded_day() {
    if (!rest_.starts_with(' ')) return number(2);
    expect(" ");
    return number(1);
  }
  std::chrono::month month() {
    const auto found = std::ranges::find(months, take(3));
    right_ = right_ && found != months.end();
    return std::chrono::month(static_cast<unsigned>(found - months.begin()) + 1);
  }
  std::chrono::seconds time() {
    const unsigned hour = number(2);
    expect(":");
    const unsigned minute = number(2);
    expect(":");
    const unsigned second = number(2);
    right_ = right_ && hour < 24 && minute < 60 && second <= 60;  // 60: a leap second
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  }

 private:
  std::string_view take(std::size_t size) {
    right_ = right_ && rest_.size() >= size;
    if (!right_) return "";
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool right_ = true;
};

std::optional<WallTime> time_of(const Reader& read, year_month_day day, std::chrono::seconds time) {
  if (!read.is_right_and_over() || !day.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(day).time_since_epoch() + time);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<WallTime> imf_fixdate(std::string_view text) {
  Reader read(text);
  read.expect(", ");
  const std::chrono::day day(read.number(2));
  read.expect(" ");
  const auto month = read.month();
  read.expect(" ");
  const std::chrono::year year(static_cast<int>(read.number(4)));
  read.expect(" ");
  const auto time = read.time();
  read.expect(" GMT");
  return time_of(read, year / month / day, time);
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<WallTime> rfc850_date(std::string_view text, WallTime now) {
  constexpr int century = 100;
  constexpr std::chrono::years most_ahead(50);
  Reader read(text);
  read.expect(", ");
  const std::chrono::day day(read.number(2));
  read.expect("-");
  const auto month = read.month();
  read.expect("-");
  const int two_digits = static_cast<int>(read.number(2));
  read.expect(" ");
  const auto time = read.time();
  read.expect(" GMT");
  const year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const int this_year = static_cast<int>(today.year());
  std::chrono::year year(this_year - this_year % century + century + two_digits);
  const year_month_day latest((today.year() + most_ahead) / today.month() / today.day());
  while (year / month / day > latest) year -= std::chrono::years(century);
  return time_of(read, year / month / day, time);
}

// "Sun Nov  6 08:49:37 1994"
std::optional<WallTime> asctime_date(std::string_view text) {
  Reader read(text);
  read.expect(" ");
  const auto month = read.month();
  read.expect(" ");
  const std::chrono::day day(read.padded_day());
  read.expect(" ");
  const auto time = read.time();
  read.expect(" ");
  const std::chrono::year year(static_cast<int>(read.number(4)));
  return time_of(read, year / month / day, time);
}

}  // namespace

std::optional<WallTime> parse_date(std::string_view text, WallTime now) {
  constexpr std::size_t short_name = 3;
  for (const auto weekday : weekdays) {
    if (text.starts_with(weekday)) return rfc850_date(text.substr(weekday.size()), now);
    if (!text.starts_with(weekday.substr(0, short_name))) continue;
    const auto behind = text.substr(short_name);
    return behind.starts_with(",") ? imf_fixdate(behind) : asctime_date(behind);
  }
  return std::nullopt;
}

}  // namespace pointsman::http
