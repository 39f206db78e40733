#include "pointsman/config/quantities.hpp"

#include <gtest/gtest.h>

namespace pointsman::config {
namespace {

TEST(ParseDuration, TakesAWholeNumberAndAUnit) {
  const struct {
    std::string_view text;
    std::optional<Milliseconds> expected;
  } rows[] = {
      {"500ms", Milliseconds(500)},
      {"5s", Milliseconds(5'000)},
      {"10m", Milliseconds(600'000)},
      {"1h", Milliseconds(3'600'000)},
      {"30d", Milliseconds(2'592'000'000)},
      {"0s", Milliseconds(0)},
      {"365d", Milliseconds(31'536'000'000)},
      {"366d", std::nullopt},
      {"18446744073709551615d", std::nullopt},
      {"99999999999999999999s", std::nullopt},
      {"5", std::nullopt},
      {"s", std::nullopt},
      {"", std::nullopt},
      {"-5s", std::nullopt},
      {"1.5s", std::nullopt},
      {"5 s", std::nullopt},
      {"5S", std::nullopt},
      {"1h30m", std::nullopt},
      {"5sec", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(parse_duration(row.text), row.expected) << row.text;
}

TEST(ParseSize, TakesBytesAndBinaryUnits) {
  const struct {
    std::string_view text;
    std::optional<std::uint64_t> expected;
  } rows[] = {
      {"0", 0},
      {"1048576", 1'048'576},
      {"512KiB", 524'288},
      {"64MiB", 67'108'864},
      {"1GiB", 1'073'741'824},
      {"1024TiB", 1ull << 50},
      {"1025TiB", std::nullopt},
      {"18446744073709551615KiB", std::nullopt},
      {"64MB", std::nullopt},
      {"64M", std::nullopt},
      {"64 MiB", std::nullopt},
      {"64mib", std::nullopt},
      {"-1", std::nullopt},
      {"+1", std::nullopt},
      {"0x10", std::nullopt},
      {"1.5GiB", std::nullopt},
      {"MiB", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(parse_size(row.text), row.expected) << row.text;
}

TEST(ParseTime, TakesDaysAndTimesInUtc) {
  const struct {
    std::string_view text;
    std::optional<std::int64_t> expected;  // seconds since 1970
  } rows[] = {
      {"1970-01-01", 0},
      {"2027-01-31", 1'801'353'600},
      {"2027-01-31T00:00:00Z", 1'801'353'600},
      {"2027-01-31T12:34:56Z", 1'801'398'896},
      {"2028-02-29", 1'835'395'200},
      {"2027-02-29", std::nullopt},
      {"2027-13-01", std::nullopt},
      {"2027-00-01", std::nullopt},
      {"2027-01-31T24:00:00Z", std::nullopt},
      {"2027-01-31T23:60:00Z", std::nullopt},
      {"2027-01-31T23:59:60Z", std::nullopt},
      {"2027-01-31T12:00Z", std::nullopt},
      {"2027-01-31T12:00:00", std::nullopt},
      {"2027-01-31T12:00:00+01:00", std::nullopt},
      {"2027-01-31 12:00:00Z", std::nullopt},
      {"2027-1-31", std::nullopt},
      {"27-01-31", std::nullopt},
      {"-027-01-31", std::nullopt},
      {"90d", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_time(row.text);
    ASSERT_EQ(parsed.has_value(), row.expected.has_value()) << row.text;
    if (parsed) EXPECT_EQ(parsed->time_since_epoch().count(), *row.expected * 1'000) << row.text;
  }
}

TEST(ParseTime, ReadsWhatItWrites) {
  for (const auto* text : {"1970-01-01T00:00:00Z", "2027-01-31T12:34:56Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(text_of(parse_time(text).value()), text);
  }
}

TEST(ParsePercent, TakesNoughtToAHundred) {
  const struct {
    std::string_view text;
    std::optional<double> expected;
  } rows[] = {
      {"0%", 0.0},          {"20%", 0.2},          {"100%", 1.0},          {"101%", std::nullopt},
      {"20", std::nullopt}, {"0.2", std::nullopt}, {"2.5%", std::nullopt}, {"-1%", std::nullopt},
      {"%", std::nullopt},  {"", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(parse_percent(row.text), row.expected) << row.text;
}

}  // namespace
}  // namespace pointsman::config
