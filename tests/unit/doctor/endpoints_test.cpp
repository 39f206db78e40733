#include "pointsman/doctor/endpoints.hpp"

#include <gmock/gmock.h>

namespace pointsman::doctor {
namespace {

using namespace std::chrono_literals;
using registry::Health;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

config::Endpoint endpoint(const std::string& url = "http://127.0.0.1:8000") {
  config::Endpoint endpoint;
  endpoint.name = "gpu";
  endpoint.url = *config::parse_url(url);
  return endpoint;
}

Consultation up(const std::vector<std::string>& models) {
  Consultation consultation;
  auto& report = consultation.found.report;
  report.health = Health::up;
  report.server_type = "vllm";
  report.version = "0.11.0";
  report.models_listed = true;
  for (const auto& id : models) report.models.emplace_back().id = id;
  consultation.took = 12ms;
  return consultation;
}

TEST(DoctorEndpoints, AreInGoodOrder) {
  const auto found = judge_endpoint(endpoint(), up({"a", "b"}));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].severity, Severity::ok);
  EXPECT_EQ(found[0].what, "is up: vllm 0.11.0, 2 models, answers in 12 ms");
}

TEST(DoctorEndpoints, AreNotUp) {
  const std::pair<Health, Severity> cases[] = {{Health::down, Severity::error},
                                               {Health::auth, Severity::error},
                                               {Health::unknown, Severity::error},
                                               {Health::busy, Severity::warning},
                                               {Health::loading, Severity::warning}};
  for (const auto& [health, severity] : cases) {
    Consultation consultation;
    consultation.found.report.health = health;
    consultation.found.report.detail = "nothing listens at 127.0.0.1:8000";
    const auto found = judge_endpoint(endpoint(), consultation);
    ASSERT_THAT(found, SizeIs(1)) << name(health);
    EXPECT_EQ(found[0].severity, severity) << name(health);
    EXPECT_EQ(found[0].what, "nothing listens at 127.0.0.1:8000");
  }
}

TEST(DoctorEndpoints, AreToBeProbedAsTheFileSays) {
  const auto advice = [](const config::Endpoint& endpoint, Health health, probe::Failure failure) {
    Consultation consultation;
    consultation.found.report.health = health;
    consultation.failure = failure;
    return judge_endpoint(endpoint, consultation).at(0).advice;
  };
  using probe::Failure;
  const std::string shows = " shows what it is asked and what it answers";
  auto far = endpoint("https://gpu.example:8000");
  EXPECT_EQ(advice(far, Health::down, Failure::refused), "`pointsman probe https://gpu.example:8000/v1`" + shows);
  EXPECT_EQ(advice(far, Health::down, Failure::unresolved),
            "`getent hosts gpu.example` asks this machine's name service alone");
  far.tls.ca = "/c/authority.pem";
  EXPECT_EQ(advice(far, Health::auth, Failure::none),
            "`pointsman probe --ca /c/authority.pem https://gpu.example:8000/v1`" + shows);
  far.api_key = Secret("a-key-of-an-endpoint");
  EXPECT_EQ(advice(far, Health::auth, Failure::none),
            "correct `endpoints.api_key`; to try one: "
            "`KEY=… pointsman probe --key-env KEY --ca /c/authority.pem https://gpu.example:8000/v1`");
  far.tls = {};
  far.tls.verify = false;
  EXPECT_EQ(advice(far, Health::down, Failure::timed_out),
            "`KEY=… pointsman probe --key-env KEY --insecure https://gpu.example:8000/v1`" + shows);
  far.api_key = Secret();
  far.tls = {};
  far.tls.server_name = "gpu.internal";
  EXPECT_EQ(advice(far, Health::down, Failure::refused),
            "`pointsman probe --server-name gpu.internal https://gpu.example:8000/v1`" + shows);
}

TEST(DoctorEndpoints, AreOfAnUnknownKindOrSlowOrEmpty) {
  auto consultation = up({"a"});
  consultation.found.report.server_type = "";
  EXPECT_EQ(judge_endpoint(endpoint(), consultation).at(0).severity, Severity::note);
  consultation = up({"a"});
  consultation.took = 1'001ms;
  EXPECT_EQ(judge_endpoint(endpoint(), consultation).at(0).severity, Severity::warning);
  EXPECT_EQ(judge_endpoint(endpoint(), up({})).at(1).severity, Severity::warning);
}

TEST(DoctorEndpoints, LackModelsThatTheFileNames) {
  auto named = endpoint();
  named.models = {{"qwen3:8b", {"small"}, 0}, {"llama", {}, 0}};
  const auto found = judge_endpoint(named, up({"llama", "qwen3:8B-q4"}));
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[1].severity, Severity::warning);
  EXPECT_THAT(found[1].what, AllOf(HasSubstr("`qwen3:8b`"), HasSubstr("`small`")));
  EXPECT_THAT(found[1].advice, HasSubstr("`qwen3:8B-q4`"));
}

TEST(DoctorEndpoints, GetTheirKeyInClearText) {
  auto far = endpoint("http://gpu.example:8000");
  far.api_key = Secret("abc");
  EXPECT_EQ(judge_endpoint(far, up({"a"})).at(1).severity, Severity::note);
  auto near = endpoint();
  near.api_key = Secret("abc");
  EXPECT_THAT(judge_endpoint(near, up({"a"})), SizeIs(1));
}

TEST(DoctorClock, IsOursWhereMostDisagreeAndTheirsOtherwise) {
  EXPECT_THAT(judge_clocks({}), IsEmpty());
  EXPECT_EQ(judge_clocks({{"a", 60s}, {"b", -60s}}).at(0).severity, Severity::ok);
  const auto theirs = judge_clocks({{"a", 0s}, {"b", -61s}});
  ASSERT_THAT(theirs, SizeIs(1));
  EXPECT_EQ(theirs[0].where, "b");
  EXPECT_THAT(theirs[0].what, HasSubstr("61 s behind"));
  const auto ours = judge_clocks({{"a", 100s}, {"b", 100s}, {"c", 0s}});
  ASSERT_THAT(ours, SizeIs(1));
  EXPECT_THAT(ours[0].advice, HasSubstr("this machine's clock"));
}

}  // namespace
}  // namespace pointsman::doctor
