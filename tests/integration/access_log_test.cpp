#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/raw_client.hpp"
#include "support/temp_directory.hpp"

// Access lines in a file of their own.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class AccessLog : public testing::Test {
 protected:
  // With what the file says of `log`.
  void start(const std::string& log) {
    upstream_.emplace(std::vector<std::string>{"m"},
                      FakeUpstream::Routes{{"POST /v1/chat/completions",
                                            json(200, R"({"usage":{"prompt_tokens":7,"completion_tokens":5}})")}});
    gateway_.emplace(
        GatewayProcess::Options{"log: " + log + "\nendpoints:\n" + endpoint("e", upstream_->url()), {}, home_.path()});
    gateway_->wait_until_ready();
  }
  void ask_once() const { ask(gateway_->port(), "POST", "/v1/chat/completions", R"({"model":"m"})"); }

  TempDirectory home_;
  std::optional<FakeUpstream> upstream_;
  std::optional<GatewayProcess> gateway_;
};

TEST_F(AccessLog, ADirectoryOfAccessLinesThatIsGoneIsSaidOnce) {
  const auto directory = home_.path() / "logs";
  std::filesystem::create_directory(directory);
  start("{access: {file: " + (directory / "access.log").string() + "}}");
  const auto times_told = [&](const std::string& text) {
    const auto output = gateway_->process().output();
    std::size_t times = 0;
    for (auto at = output.find(text); at != output.npos; at = output.find(text, at + 1)) ++times;
    return times;
  };
  // It is looked at with a line, once a second.
  const auto comes_with_requests = [&](const std::string& text) {
    return eventually([&] {
      ask_once();
      return times_told(text) > 0;
    });
  };
  const std::string fails = "the access log cannot be written as it should";
  std::filesystem::rename(directory, home_.path() / "moved");
  EXPECT_TRUE(comes_with_requests(fails));
  EXPECT_TRUE(gateway_->shows("pointsman_log_failing{log=\"access\"} 1"));
  EXPECT_TRUE(gateway_->shows("pointsman_log_failing{log=\"messages\"} 0"));
  EXPECT_EQ(times_told(fails), 1u);
  std::filesystem::create_directory(directory);
  EXPECT_TRUE(comes_with_requests("the access log can be written again"));
  EXPECT_TRUE(std::filesystem::exists(directory / "access.log"));
  EXPECT_EQ(times_told(fails), 1u);
  EXPECT_TRUE(gateway_->shows("pointsman_log_failing{log=\"access\"} 0"));
}

TEST_F(AccessLog, AccessLinesGoToAFileOfTheirOwn) {
  const auto log = (home_.path() / "access.log").string();
  start("{access: {file: " + log + ", format: text}}");
  const auto content = [](const std::string& file) {
    std::ifstream stream(file);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  ask_once();
  EXPECT_TRUE(eventually([&] { return content(log).find("input_tokens=7") != std::string::npos; })) << content(log);
  EXPECT_THAT(gateway_->process().output(), Not(HasSubstr("\"event\":\"access\"")));
  std::filesystem::rename(log, log + ".1");
  gateway_->process().signal(SIGHUP);
  EXPECT_TRUE(gateway_->says("reading the configuration again"));
  ask_once();
  EXPECT_TRUE(eventually([&] { return content(log).find("input_tokens=7") != std::string::npos; })) << content(log);
}

}  // namespace
}  // namespace pointsman::test
