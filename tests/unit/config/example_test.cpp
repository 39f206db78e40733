#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "../../support/certificate.hpp"
#include "loading.hpp"

// What users read, the example file and docs/configuration.md, against what is true.
namespace pointsman::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

std::string content_of(const std::string& path) {
  std::ifstream file(std::string(POINTSMAN_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// The example with the "#" taken away before each setting. Prose has one space after it.
std::string with_every_setting(const std::string& example) {
  return std::regex_replace(example, std::regex("(^|\n)( *)#([^ #\n]|  )"), "$1$2$3");
}

// Every variable is set, and every credential is there.
class Documented : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("pointsman-example-" + std::to_string(getpid()));
    std::filesystem::create_directories(directory_);
    for (const auto name : {"team-b", "hosted"}) std::ofstream(directory_ / name) << "key-of-" << name << "\n";
    const test::Certificate certificate;
    std::ofstream(directory_ / "certificate.pem") << certificate.pem();
    std::ofstream(directory_ / "key.pem") << certificate.key();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Loaded load_all(const std::string& yaml) const {
    return load_text(yaml, vocabulary(), [this](const std::string& name) -> std::optional<std::string> {
      return name == "CREDENTIALS_DIRECTORY" ? directory_.string() : "value-of-" + name;
    });
  }

  // Reading a key takes a millisecond, which is long where the file is loaded thousands of times.
  void remove_certificates() const {
    std::filesystem::remove(directory_ / "certificate.pem");
    std::filesystem::remove(directory_ / "key.pem");
  }

  std::filesystem::path directory_;
};

// Every name that the file may use, as the loader itself lists it for an unknown key in each section.
std::set<std::string> known_names() {
  const std::pair<std::string, std::string> sections[] = {
      {"", "{?: 1}"},
      {"listen", "listen: [{?: 1}]"},
      {"listen.tls", "listen: [{tls: {?: 1}}]"},
      {"operations", "operations: {?: 1}"},
      {"operations.tls", "operations: {tls: {?: 1}}"},
      {"store", "store: {?: 1}"},
      {"access", "access: {?: 1}"},
      {"access.keys", "access: {keys: [{?: 1}]}"},
      {"access.keys.limits", "access: {keys: [{limits: {?: 1}}]}"},
      {"access.keys.limits.budget", "access: {keys: [{limits: {budget: {?: 1}}}]}"},
      {"access.keys.limits.models", "access: {keys: [{limits: {models: {m: {?: 1}}}}]}"},
      {"endpoints", "endpoints: [{?: 1}]"},
      {"endpoints.timeouts", "endpoints: [{timeouts: {?: 1}}]"},
      {"endpoints.tls", "endpoints: [{tls: {?: 1}}]"},
      {"endpoints.models", "endpoints: [{models: [{?: 1}]}]"},
      {"models", "models: {?: 1}"},
      {"probe", "probe: {?: 1}"},
      {"routing", "routing: {?: 1}"},
      {"queue", "queue: {?: 1}"},
      {"shutdown", "shutdown: {?: 1}"},
      {"ownership", "ownership: {?: 1}"},
      {"limits", "limits: {?: 1}"},
      {"ledger", "ledger: {?: 1}"},
      {"traces", "traces: {?: 1}"},
      {"log", "log: {?: 1}"},
      {"log.access", "log: {access: {?: 1}}"},
  };
  std::set<std::string> names;
  for (const auto& [section, yaml] : sections) {
    const auto loaded = load(std::regex_replace(yaml, std::regex("\\?"), "no_such_key"));
    std::smatch allowed;
    for (const auto& problem : loaded.problems) {
      if (!std::regex_search(problem.message, allowed, std::regex("Allowed here: (.*)"))) continue;
      std::istringstream list(allowed[1]);
      for (std::string name; std::getline(list >> std::ws, name, ',');) {
        names.insert(section.empty() ? name : section + "." + name);
      }
    }
    EXPECT_FALSE(allowed.empty()) << yaml;
  }
  return names;
}

TEST_F(Documented, TheExampleLoadsAsItIsWithoutAnyVariable) {
  const auto loaded =
      load_file(std::string(POINTSMAN_SOURCE_DIR) + "/config/pointsman.yaml", vocabulary(), environment({}));
  EXPECT_THAT(problems(loaded), IsEmpty());
  EXPECT_EQ(refusal_to_start(loaded.settings), "");
  EXPECT_EQ(loaded.settings.endpoints.size(), 1u);
}

TEST_F(Documented, TheExamplesDefaultsAreTheDefaults) {
  auto settings = load(content_of("config/pointsman.yaml")).settings;
  settings.endpoints.clear();
  EXPECT_EQ(settings, Settings());
}

TEST_F(Documented, EverySettingOfTheExampleWorks) {
  const auto loaded = load_all(with_every_setting(content_of("config/pointsman.yaml")));
  EXPECT_TRUE(loaded.ok());
  EXPECT_THAT(problems(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.endpoints.size(), 4u);
  EXPECT_EQ(loaded.settings.access.keys.size(), 3u);
}

TEST_F(Documented, TheExampleShowsEveryKey) {
  const auto example = with_every_setting(content_of("config/pointsman.yaml"));
  for (const auto& name : known_names()) {
    const auto key = name.substr(name.rfind('.') + 1);
    EXPECT_TRUE(std::regex_search(example, std::regex("(^|\n)[ -]*" + key + ":"))) << name;
  }
}

TEST_F(Documented, TheDocumentationListsExactlyTheKnownKeys) {
  const auto page = content_of("docs/configuration.md");
  std::set<std::string> documented;
  const std::regex row("\n\\| `([a-z_.0-9]+)` \\|");
  for (auto it = std::sregex_iterator(page.begin(), page.end(), row); it != std::sregex_iterator(); ++it) {
    documented.insert((*it)[1]);
  }
  auto known = known_names();
  // Sections without a value of their own stand there by their keys.
  for (const auto section : {"store", "models", "probe", "routing", "queue", "shutdown", "ownership", "limits",
                             "ledger", "traces", "log", "endpoints.timeouts", "endpoints.tls"}) {
    EXPECT_EQ(known.erase(section), 1u) << section;
  }
  EXPECT_THAT(documented, testing::ContainerEq(known));
}

TEST_F(Documented, EveryYamlBlockOfTheDocumentationLoads) {
  const auto page = content_of("docs/configuration.md");
  const std::regex block("```yaml\n([^`]*)```");
  int count = 0;
  for (auto it = std::sregex_iterator(page.begin(), page.end(), block); it != std::sregex_iterator(); ++it, ++count) {
    EXPECT_THAT(problems(load_all((*it)[1])), IsEmpty()) << (*it)[1];
  }
  EXPECT_GE(count, 5);
}

// Wherever a file breaks off, it is read or refused, but never brings the process down.
TEST_F(Documented, TheExampleMayBreakOffAnywhere) {
  remove_certificates();
  const auto example = with_every_setting(content_of("config/pointsman.yaml"));
  for (std::size_t length = 0; length <= example.size(); ++length) {
    const auto loaded = load_all(example.substr(0, length));
    EXPECT_TRUE(loaded.ok() || !loaded.problems.empty());
    for (const auto& problem : loaded.problems) EXPECT_GT(problem.line, 0) << length << " " << problem.message;
  }
}

// The same with a byte replaced by one that means something to YAML, or nothing to anybody.
TEST_F(Documented, TheExampleMayBeDamagedAnywhere) {
  remove_certificates();
  const auto example = with_every_setting(content_of("config/pointsman.yaml"));
  const std::string_view damage = "{[:-&*!|\"'#,\n\t\xff";
  for (std::size_t at = 0; at < example.size(); at += 3) {
    auto damaged = example;
    damaged[at] = damage[at % damage.size()];
    for (const auto& problem : load_all(damaged).problems) EXPECT_GT(problem.line, 0) << at << " " << problem.message;
  }
}

}  // namespace
}  // namespace pointsman::config
