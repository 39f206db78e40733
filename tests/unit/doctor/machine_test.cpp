#include "pointsman/doctor/machine.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace pointsman::doctor {
namespace {

using testing::HasSubstr;

config::Limits limits(std::size_t connections, std::size_t buffered) {
  config::Limits limits;
  limits.connections = connections;
  limits.buffered = buffered;
  return limits;
}

TEST(DoctorMachine, HasTwoDescriptorsForEachConnection) {
  const auto found = [](std::uint64_t descriptors) {
    return judge_machine({descriptors, true, {}, false}, limits(20'000, 0)).at(0);
  };
  EXPECT_EQ(found(40'128).severity, Severity::ok);
  EXPECT_EQ(found(std::numeric_limits<std::uint64_t>::max()).severity, Severity::ok);
  EXPECT_EQ(found(40'127).severity, Severity::warning);
  EXPECT_THAT(found(1'024).what, HasSubstr("needs 40128"));
  EXPECT_THAT(found(1'024).advice, HasSubstr("LimitNOFILE="));
}

TEST(DoctorMachine, HasTheDescriptorsOfAShellWhileNoGatewayRuns) {
  const auto found = judge_machine({40'127, false, {}, false}, limits(20'000, 0)).at(0);
  EXPECT_EQ(found.severity, Severity::note);
  EXPECT_THAT(found.what, HasSubstr("started from here"));
}

TEST(DoctorMachine, HasMemoryForWhatIsBuffered) {
  const auto found = [](std::uint64_t memory, std::size_t buffered) {
    return judge_machine({{}, false, memory, false}, limits(1, buffered)).at(0);
  };
  EXPECT_EQ(found(2ull << 30, 1ull << 30).severity, Severity::ok);
  EXPECT_EQ(found((2ull << 30) - 1, 1ull << 30).severity, Severity::warning);
  EXPECT_THAT(found(1ull << 29, 1ull << 30).what, HasSubstr("more than there are"));
}

TEST(DoctorMachine, SaysThatRootSeesOtherRights) {
  EXPECT_EQ(judge_machine({{}, false, {}, true}, {}).at(0).severity, Severity::note);
}

TEST(DoctorMachine, ReadsTheLimitsOfAProcess) {
  const std::string table =
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max processes             63432                63432                processes \n";
  EXPECT_EQ(
      hard_descriptor_limit(table + "Max open files            1024                 524288               files\n"),
      524'288u);
  EXPECT_EQ(
      hard_descriptor_limit(table + "Max open files            1024                 unlimited            files\n"),
      std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(hard_descriptor_limit(table), std::nullopt);
}

}  // namespace
}  // namespace pointsman::doctor
