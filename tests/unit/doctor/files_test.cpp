#include "pointsman/doctor/files.hpp"

#include <gmock/gmock.h>

namespace pointsman::doctor {
namespace {

using testing::HasSubstr;

struct Case {
  mode_t mode;
  FileHolds holds;
  std::vector<Severity> found;
};

TEST(DoctorFiles, JudgesWhatEverybodyMayDo) {
  using enum FileHolds;
  using enum Severity;
  const Case cases[] = {
      {0600, secrets, {}},
      {0640, secrets, {}},
      {0644, secrets, {warning}},
      {0644, settings, {}},
      {0644, settings_and_secrets, {warning}},
      {0646, settings, {error}},
      {0602, secrets, {error}},
      {0666, secrets, {error, warning}},
  };
  for (const auto& each : cases) {
    std::vector<Severity> found;
    for (const auto& finding : judge_rights("f", each.mode, each.holds)) found.push_back(finding.severity);
    EXPECT_EQ(found, each.found) << std::oct << each.mode;
  }
}

TEST(DoctorFiles, SaysWhatToType) {
  EXPECT_THAT(judge_rights("/k", 0644, FileHolds::secrets).at(0).advice, HasSubstr("chmod o-r /k"));
  EXPECT_THAT(judge_rights("/k", 0646, FileHolds::settings).at(0).advice, HasSubstr("chmod o-w /k"));
}

TEST(DoctorFiles, KnowKeysInWordsFromThoseElsewhere) {
  const auto says = [](const std::string& yaml) { return says_secrets(config::read_document(yaml).root); };
  EXPECT_TRUE(says("endpoints: [{name: a, api_key: abc}]"));
  EXPECT_TRUE(says("access: {keys: [{name: a, key: abc}]}"));
  EXPECT_FALSE(says("endpoints: [{name: a, api_key: \"${KEY}\"}]"));
  EXPECT_FALSE(says("endpoints: [{name: a, api_key_file: k, tls: {certificate: c, key: d}}]"));
  EXPECT_FALSE(says("access: open"));
}

}  // namespace
}  // namespace pointsman::doctor
