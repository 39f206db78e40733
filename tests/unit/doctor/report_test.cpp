#include "pointsman/doctor/report.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace pointsman::doctor {
namespace {

using testing::HasSubstr;
using testing::Not;

const Diagnosis some{
    {Severity::ok, "configuration", "gateway.yaml", "is understood; 2 endpoints"},
    {Severity::error, "endpoints", "gpu", "nothing listens there", "start it"},
    {Severity::warning, "configuration", "gateway.yaml:3:7", "first line\n  second line"},
    {Severity::note, "endpoints", "hosted", "is of a kind that is not known"},
};

TEST(DoctorReport, GroupsBySubjectAndSumsUp) {
  EXPECT_EQ(text(some, false),
            "configuration\n"
            "  ok       gateway.yaml: is understood; 2 endpoints\n"
            "  warning  gateway.yaml:3:7: first line\n"
            "           second line\n"
            "endpoints\n"
            "  error    gpu: nothing listens there\n"
            "           do: start it\n"
            "  note     hosted: is of a kind that is not known\n"
            "1 error, 1 warning, 1 note, 1 ok\n");
}

TEST(DoctorReport, ColoursTheSeverityAlone) {
  EXPECT_THAT(text(some, true), HasSubstr("  \033[31merror\033[0m    gpu: nothing listens there\n"));
}

TEST(DoctorReport, LetsNobodyElseColourOrMoveTheCursor) {
  const Diagnosis hostile{{Severity::error, "endpoints", "gpu", "it says \033[2J\rgood\x07"}};
  EXPECT_THAT(text(hostile, false), AllOf(Not(HasSubstr("\033")), Not(HasSubstr("\r")), HasSubstr("[2J good")));
}

TEST(DoctorReport, IsOneJsonObjectForPrograms) {
  const auto report = nlohmann::json::parse(json(some));
  EXPECT_EQ(report["healthy"], false);
  EXPECT_EQ(report["errors"], 1);
  EXPECT_EQ(report["findings"].size(), some.size());
  EXPECT_EQ(report["findings"][1], (nlohmann::json{{"severity", "error"},
                                                   {"subject", "endpoints"},
                                                   {"where", "gpu"},
                                                   {"what", "nothing listens there"},
                                                   {"advice", "start it"}}));
}

TEST(DoctorReport, HasErrorsOnlyWhereThereIsOne) {
  EXPECT_TRUE(has_errors(some));
  EXPECT_FALSE(has_errors({some[0], some[2], some[3]}));
}

TEST(DoctorReport, IsColouredOnlyOnATerminalThatIsAskedForIt) {
  const auto with = [](const std::string& name, const std::string& value) -> config::Environment {
    return [=](const std::string& asked) { return asked == name ? std::optional(value) : std::nullopt; };
  };
  EXPECT_TRUE(wants_colour(true, with("TERM", "xterm")));
  EXPECT_TRUE(wants_colour(true, with("NO_COLOR", "")));
  EXPECT_FALSE(wants_colour(false, with("TERM", "xterm")));
  EXPECT_FALSE(wants_colour(true, with("NO_COLOR", "1")));
  EXPECT_FALSE(wants_colour(true, with("TERM", "dumb")));
}

}  // namespace
}  // namespace pointsman::doctor
