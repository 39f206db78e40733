#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "pointsman/config/url.hpp"
#include "pointsman/daemon/gateway.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/stateful_server.hpp"
#include "support/wire.hpp"

// The machine fails: no descriptors, no names, another time. Serving goes on.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* body = R"({"model":"m"})";
const std::string often = "workers: 1\nprobe: {interval: 100ms, timeout: 1s}\n";

// Answers, and ends the connection: the next request needs another one.
Script once() {
  return [](Conversation& conversation) -> awaitable<void> {
    co_await conversation.send(ok("{}", "Connection: close\r\n"));
    conversation.close();
  };
}

std::size_t descriptors(pid_t process) {
  const std::filesystem::directory_iterator open("/proc/" + std::to_string(process) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

// What a process has used of a processor so far.
Milliseconds processor_time(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return Milliseconds((user + system) * 1'000 / ::sysconf(_SC_CLK_TCK));
}

TEST(MachineFaults, DescriptorsAreUsedUp) {
  FakeUpstream upstream({"m"}, {{chat_route, once()}});
  GatewayProcess gateway(often + "endpoints:\n" + endpoint("e", upstream.url()));
  gateway.wait_until_ready();
  RawClient early(gateway.port());
  early.send(post(body));
  EXPECT_EQ(early.read_response().status(), 200);

  const auto says = [&](const std::string& words, std::size_t times) {
    return gateway.process().wait_for_output(
        [&](const std::string& output) {
          std::size_t count = 0;
          for (auto at = output.find(words); at != std::string::npos; at = output.find(words, at + 1)) ++count;
          return count == times;
        },
        Milliseconds(20'000));
  };
  const auto process = gateway.process().id();
  rlimit before{};
  const rlimit few{descriptors(process) + 8, RLIM_INFINITY};
  rlimit limit{few.rlim_cur, 0};
  ASSERT_EQ(::prlimit(process, RLIMIT_NOFILE, nullptr, &before), 0);
  limit.rlim_max = before.rlim_max;
  ASSERT_EQ(::prlimit(process, RLIMIT_NOFILE, &limit, nullptr), 0);
  std::vector<std::unique_ptr<RawClient>> many;
  for (int i = 0; i < 40; ++i) many.push_back(std::make_unique<RawClient>(gateway.port()));
  ASSERT_TRUE(eventually([&] { return descriptors(process) >= few.rlim_cur; }));

  // Who is connected is told what is wrong, and with whom.
  Response refused;
  EXPECT_TRUE(eventually([&] {
    early.send(post(body));
    refused = early.read_response();
    return refused.status() != 200;
  }));
  EXPECT_TRUE(is_own_error(refused, 503, "overloaded"));
  EXPECT_THAT(message_of(refused), HasSubstr("no connection left"));
  EXPECT_TRUE(says("a listener cannot accept connections", 1));
  EXPECT_THAT(gateway.process().output(), AllOf(HasSubstr("LimitNOFILE="), HasSubstr("limits.connections")));

  // It waits, and does not spin.
  const auto began = processor_time(process);
  let_pass(Milliseconds(1'000));
  EXPECT_LT(processor_time(process) - began, Milliseconds(300));
  EXPECT_TRUE(says("a listener cannot accept connections", 1)) << "nor does it say so again and again";

  many.clear();
  EXPECT_TRUE(eventually([&] { return ask(gateway.port(), "POST", chat_path, body).status() == 200; }));
  EXPECT_THAT(gateway.process().output(), Not(HasSubstr("an endpoint is not up"))) << "it was not the endpoint's fault";
  EXPECT_TRUE(says("a listener can accept connections again", 1));
  EXPECT_THAT(gateway.metrics(), ContainsRegex("\npointsman_accept_failures_total [1-9]"));
  ASSERT_EQ(::prlimit(process, RLIMIT_NOFILE, &before, nullptr), 0);
}

TEST(MachineFaults, NamesDoNotResolveAnyMore) {
  const TempDirectory directory;
  const std::string fails = directory.path() / "names-fail";
  FakeUpstream upstream({"m"}, {{chat_route, once()}});
  const auto url = "http://gpu.test:" + std::to_string(upstream.port());
  const std::string shim = pointsman_binary().parent_path() / "libnames_fail.so";
  GatewayProcess gateway(GatewayProcess::Options{
      often + "endpoints:\n" + endpoint("e", url), {{"LD_PRELOAD", shim}, {"NAMES_FAIL", fails}}, {}});
  gateway.wait_until_ready();
  ASSERT_EQ(ask(gateway.port(), "POST", chat_path, body).status(), 200);

  std::ofstream(fails) << "from now on";
  // More probes than it takes to put an endpoint down.
  const auto probes = upstream.server().seen().requests;
  EXPECT_TRUE(
      upstream.server().wait_for([&](const auto& seen) { return seen.requests > probes + 10; }, Milliseconds(20'000)));
  EXPECT_EQ(ask(gateway.port(), "POST", chat_path, body).status(), 200);
  EXPECT_THAT(gateway.process().output(), Not(HasSubstr("an endpoint is not up")));
  EXPECT_TRUE(gateway.says("the name of an endpoint does not resolve; it stays where it was"));
  std::filesystem::remove(fails);
  EXPECT_TRUE(gateway.says("the name of an endpoint resolves again"));
}

// The real one, but for the wall's, which somebody sets.
class SettableWallClock final : public Clock {
 public:
  MonotonicTime monotonic() const override { return real_.monotonic(); }
  WallTime wall() const override { return real_.wall() + Milliseconds(ahead_ms_.load()); }
  void set(Milliseconds ahead) { ahead_ms_ = ahead.count(); }

 private:
  SystemClock real_;
  std::atomic<Milliseconds::rep> ahead_ms_{0};
};

TEST(MachineFaults, TheClockIsSet) {
  StatefulServer server("e");
  config::Settings settings;
  settings.listen.front().address = {"127.0.0.1", 0, ""};
  settings.operations.address = {"127.0.0.1", 0, ""};
  settings.workers = 1;
  settings.store_path = ":memory:";
  settings.access.open = true;
  settings.probe.interval = Milliseconds(50);
  settings.ownership.in_memory = 1;  // so that the store is asked as well
  settings.endpoints.resize(1);
  settings.endpoints.front().name = "e";
  settings.endpoints.front().url = *config::parse_url(server.url());
  SettableWallClock clock;
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  observe::Log::Options options;
  options.descriptor = nowhere;
  {
    observe::Log log(options);
    daemon::Gateway gateway(settings, clock, log);
    const auto started = gateway.start();
    ASSERT_TRUE(started) << started.error().message;
    const auto address = gateway.addresses().front();
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    const auto respond = [&] { return ask(port, "POST", "/v1/responses", R"({"model":"m","input":"hello"})"); };
    ASSERT_TRUE(eventually([&] { return respond().status() == 200; }));

    std::vector<std::string> ids;
    for (const auto ahead : {std::chrono::hours(0), std::chrono::hours(-24 * 365), std::chrono::hours(24 * 20),
                             std::chrono::hours(-24 * 365 * 60), std::chrono::hours(1)}) {
      clock.set(ahead);
      const auto answer = respond();
      ASSERT_EQ(answer.status(), 200);
      ids.push_back(nlohmann::json::parse(answer.body).at("id"));
      const auto probes = server.server().seen().requests;
      EXPECT_TRUE(
          server.server().wait_for([&](const auto& seen) { return seen.requests > probes + 3; }, Milliseconds(10'000)))
          << "probing stopped";
      EXPECT_EQ(ask(port, "GET", "/v1/models?verbose=true").status(), 200);
      EXPECT_EQ(ask(port, "GET", "/v1/responses/" + ids.back()).status(), 200);
    }
    // Back where it was: what was kept at a right time is still found.
    clock.set(Milliseconds(0));
    EXPECT_EQ(ask(port, "GET", "/v1/responses/" + ids.front()).status(), 200);
  }
  ::close(nowhere);
}

}  // namespace
}  // namespace pointsman::test
