#include "pointsman/doctor/certificates.hpp"

#include <gmock/gmock.h>

namespace pointsman::doctor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr WallTime now{Milliseconds(1'795'429'800'000)};  // 2026-11-23 10:30 UTC

TEST(DoctorCertificates, AreGoodForLongOrNot) {
  const auto found = [](Milliseconds began, Milliseconds ends) {
    return judge_period("c.pem", "it", {now + began, now + ends}, now);
  };
  EXPECT_THAT(found(-1h, 31 * 24h), IsEmpty());
  EXPECT_THAT(found(-1h, 30 * 24h), IsEmpty());
  const auto soon = found(-1h, 30 * 24h - 1ms).at(0);
  EXPECT_EQ(soon.severity, Severity::warning);
  EXPECT_THAT(soon.what, HasSubstr("expires in 29 days, at 2026-12-23"));
  const auto over = found(-2h, 0ms).at(0);
  EXPECT_EQ(over.severity, Severity::error);
  EXPECT_EQ(over.what, "it expired at 2026-11-23T10:30:00Z");
  const auto later = found(1h, 100 * 24h).at(0);
  EXPECT_EQ(later.severity, Severity::error);
  EXPECT_THAT(later.advice, HasSubstr("clock"));
}

TEST(DoctorCertificates, SayForWhomTheyAre) {
  const auto found = [](const std::vector<std::string>& names, bool signs_itself = false) {
    return judge_listeners("c.pem", names, signs_itself, now);
  };
  EXPECT_EQ(found({}).severity, Severity::warning);
  EXPECT_THAT(found({}).what, HasSubstr("no host and no address"));
  EXPECT_EQ(found({"gpu.example", "::1"}).what, "good until 2026-11-23T10:30:00Z, for gpu.example, ::1");
  EXPECT_THAT(found({"a"}, true).what, HasSubstr("for a; it signs itself"));
  EXPECT_THAT(found(std::vector<std::string>(10, "a")).what, HasSubstr("a, a and 5 more"));
}

}  // namespace
}  // namespace pointsman::doctor
