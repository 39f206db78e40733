#include "pointsman/doctor/listeners.hpp"

#include <gmock/gmock.h>

#include <cerrno>

namespace pointsman::doctor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using By = Occupancy::By;

const config::Address port{"0.0.0.0", 443, ""};
const config::Address socket_file{"", 0, "/run/p/main.sock"};

TEST(DoctorListeners, AreFreeOrOurs) {
  EXPECT_EQ(judge_listener(port, "listen", {}).severity, Severity::ok);
  EXPECT_EQ(judge_listener(port, "listen", {By::pointsman, EADDRINUSE, ""}).severity, Severity::ok);
}

TEST(DoctorListeners, SayWhyTheyCannotBe) {
  const auto advice = [](const config::Address& address, By by, int error) {
    const auto found = judge_listener(address, "listen", {by, error, "HTTP 404"});
    EXPECT_EQ(found.severity, Severity::error);
    EXPECT_EQ(found.where, address.text());
    return found.advice;
  };
  EXPECT_THAT(advice(port, By::another, EADDRINUSE), HasSubstr("ss -ltnp"));
  EXPECT_THAT(advice(port, By::nothing, EACCES), HasSubstr("CAP_NET_BIND_SERVICE"));
  EXPECT_THAT(advice(port, By::nothing, EADDRNOTAVAIL), HasSubstr("ip address"));
  EXPECT_THAT(advice(socket_file, By::nothing, EACCES), HasSubstr("directory of the socket"));
  EXPECT_THAT(advice(socket_file, By::nothing, ENOENT), HasSubstr("make the directory"));
  EXPECT_THAT(advice(socket_file, By::nothing, EEXIST), HasSubstr("no socket"));
}

config::Settings reached_at(const std::string& listen, const std::string& operations) {
  config::Settings settings;
  settings.listen.front().address.host = listen;
  settings.operations.address.host = operations;
  return settings;
}

TEST(DoctorExposure, IsNoneOnLoopback) {
  EXPECT_THAT(judge_exposure(reached_at("127.0.0.1", "::1"), "/g.yaml", false), IsEmpty());
}

TEST(DoctorExposure, IsAnErrorWithoutKeys) {
  const auto found = judge_exposure(reached_at("0.0.0.0", "127.0.0.1"), "/g.yaml", false);
  EXPECT_EQ(found.at(0).severity, Severity::error);
  EXPECT_THAT(found.at(0).advice, HasSubstr("pointsman keys create --config /g.yaml --name"));
}

TEST(DoctorExposure, IsAWarningInClearText) {
  auto settings = reached_at("0.0.0.0", "127.0.0.1");
  const auto found = judge_exposure(settings, "/g.yaml", true);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_THAT(found[0].what, HasSubstr("clear text"));
  settings.listen.front().tls = config::CertificateFiles{"c", "k"};
  EXPECT_THAT(judge_exposure(settings, "/g.yaml", true), IsEmpty());
}

TEST(DoctorExposure, IsAWarningWhereEverybodyMayComeIn) {
  auto settings = reached_at("0.0.0.0", "10.0.0.1");
  settings.access.open = true;
  settings.listen.front().tls = settings.operations.tls = config::CertificateFiles{"c", "k"};
  const auto found = judge_exposure(settings, "/g.yaml", false);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[0].what, HasSubstr("every model"));
  EXPECT_THAT(found[1].what, HasSubstr("the metrics"));
}

TEST(DoctorRunningGateway, SaysHowItIsWithItsFile) {
  const auto found = [](const std::string& more) {
    return judge_running(R"({"status":"ready","configuration":{"file":"/g.yaml")" + more + "}}", "/g.yaml").at(0);
  };
  EXPECT_EQ(found(R"(,"last_reload":"none")").severity, Severity::ok);
  const auto refused = found(R"(,"last_reload":"refused","problem":"/g.yaml:3:1: no")");
  EXPECT_EQ(refused.severity, Severity::error);
  EXPECT_THAT(refused.what, HasSubstr("/g.yaml:3:1: no"));
  const auto waits = found(R"(,"last_reload":"applied","needs_restart":["workers","listen"])");
  EXPECT_EQ(waits.severity, Severity::warning);
  EXPECT_THAT(waits.what, HasSubstr("workers, listen"));
}

TEST(DoctorRunningGateway, GoesOnWithAnOldCertificate) {
  const auto found = judge_running(
      R"({"configuration":{"file":"/g.yaml"},"certificate_failures":[3,{"listener":"0.0.0.0:8443",)"
      R"("certificate":"/c.pem","key":"/k.pem","problem":"the key does not belong to the certificate","seconds":60}]})",
      "/g.yaml");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Severity::error);
  EXPECT_EQ(found[0].where, "/c.pem");
  EXPECT_THAT(found[0].what, HasSubstr("at 0.0.0.0:8443"));
  EXPECT_THAT(found[0].what, HasSubstr("the key does not belong"));
}

TEST(DoctorRunningGateway, MayRunWithAnotherFile) {
  EXPECT_EQ(judge_running(R"({"configuration":{"file":"/h.yaml"}})", "/g.yaml").at(0).severity, Severity::note);
  EXPECT_THAT(judge_running(R"({"configuration":{}})", "/g.yaml").at(0).what, HasSubstr("no file"));
}

TEST(DoctorRunningGateway, MayNotSay) {
  for (const auto* answer : {"", "[]", "{}", R"({"configuration":3})", R"({"error":{"message":"no key"}})"}) {
    EXPECT_THAT(judge_running(answer, "/g.yaml"), IsEmpty()) << answer;
  }
}

}  // namespace
}  // namespace pointsman::doctor
