#include "pointsman/doctor/configuration.hpp"

#include <gmock/gmock.h>

#include "pointsman/config/stand_in.hpp"

#include "pointsman/config/load.hpp"

namespace pointsman::doctor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Diagnosis found_in(const std::string& yaml) {
  const auto unset = [](const std::string&) { return std::optional<std::string>(); };
  return judge_problems(config::load_text(yaml, {}, unset).problems, "g.yaml");
}

TEST(DoctorConfiguration, HasThePlaceOfEachProblem) {
  const auto found = found_in("lisen: 1\n");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].severity, Severity::error);
  EXPECT_EQ(found[0].where, "g.yaml:1:1");
  EXPECT_THAT(found[0].what, HasSubstr("did you mean `listen`?"));
}

TEST(DoctorConfiguration, SaysWhereVariablesAndCredentialsComeFrom) {
  const std::string endpoint = "endpoints: [{name: a, url: \"http://a\", api_key: \"${";
  EXPECT_THAT(found_in(endpoint + "KEY}\"}]\n").at(0).advice, HasSubstr("EnvironmentFile="));
  EXPECT_THAT(found_in(endpoint + "CREDENTIALS_DIRECTORY}\"}]\n").at(0).advice, HasSubstr("LoadCredential="));
}

TEST(DoctorConfiguration, LeavesOutEndpointsThatItCannotAskAsTheGatewayDoes) {
  config::Settings settings;
  settings.traces.emplace().collector.emplace().host = "otel";
  auto& endpoints = settings.endpoints;
  endpoints.resize(3);
  endpoints[0].name = "good";
  endpoints[0].api_key = Secret("abc");
  endpoints[1].name = "keyless";
  endpoints[1].api_key = Secret(config::stand_in_for_variable("KEY"));
  endpoints[2].name = "nowhere";
  endpoints[2].url.host = config::stand_in_for_variable("host");
  EXPECT_THAT(leave_out_unreadable(settings), SizeIs(2));
  ASSERT_THAT(endpoints, SizeIs(1));
  EXPECT_EQ(endpoints[0].name, "good");
  EXPECT_THAT(leave_out_unreadable(settings), IsEmpty());
  EXPECT_TRUE(settings.traces->collector);
  settings.traces->collector->host = config::stand_in_for_variable("host");
  EXPECT_THAT(leave_out_unreadable(settings), SizeIs(1));
  EXPECT_FALSE(settings.traces->collector);
}

}  // namespace
}  // namespace pointsman::doctor
