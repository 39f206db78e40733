#include "pointsman/daemon/configuration.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace pointsman::daemon {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class ConfigurationTest : public testing::Test {
 protected:
  ConfigurationTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pointsman-file-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    options_.config = directory_ / "pointsman.yaml";
    options_.store = ":memory:";
  }
  ~ConfigurationTest() override { std::filesystem::remove_all(directory_); }

  Configuration::Reading read(const std::string& yaml) const {
    std::ofstream(options_.config) << yaml;
    return Configuration(options_, handed_).read();
  }

  std::filesystem::path directory_;
  ServeOptions options_;
  HandedSockets handed_;
};

TEST_F(ConfigurationTest, TheCommandLineWinsOverTheFile) {
  options_.listen = "127.0.0.1:1";
  options_.operations = "127.0.0.1:2";
  const auto reading = read("listen: [\"127.0.0.1:3\", \"127.0.0.1:4\"]\noperations: 127.0.0.1:5\nstore: {path: /x}\n");
  ASSERT_TRUE(reading.ok());
  ASSERT_EQ(reading.settings.listen.size(), 1u);
  EXPECT_EQ(reading.settings.listen.front().address.port, 1);
  EXPECT_EQ(reading.settings.operations.address.port, 2);
  EXPECT_EQ(reading.settings.store_path, ":memory:");
}

TEST_F(ConfigurationTest, SaysWhatIsWrong) {
  const auto in_file = read("endpoints: 7\n");
  EXPECT_FALSE(in_file.ok());
  ASSERT_FALSE(in_file.problems.empty());
  EXPECT_EQ(in_file.problems.front().line, 1);
  options_.operations = "nowhere";
  EXPECT_THAT(read("").refusal, HasSubstr("--operations: the address"));
}

TEST_F(ConfigurationTest, KeepsTheDemoEndpoint) {
  options_.demo = true;
  EXPECT_THAT(read("endpoints: [{name: demo, url: \"http://127.0.0.1:1\"}]\n").refusal, HasSubstr("--demo"));
  std::ofstream(options_.config) << "endpoints: [{name: e, url: \"http://127.0.0.1:1\"}]\n";
  Configuration configuration(options_, handed_);
  config::Endpoint demo;
  demo.name = demo_name;
  configuration.add(demo);
  const auto reading = configuration.read();
  ASSERT_TRUE(reading.ok());
  ASSERT_EQ(reading.settings.endpoints.size(), 2u);
  EXPECT_EQ(reading.settings.endpoints.back(), demo);
  EXPECT_THAT(reading.problems, IsEmpty());
}

}  // namespace
}  // namespace pointsman::daemon
