#include "pointsman/daemon/changes.hpp"

#include <gmock/gmock.h>

#include <functional>

namespace pointsman::daemon {
namespace {

using config::Settings;
using testing::ElementsAre;
using testing::IsEmpty;

config::Endpoint endpoint(const std::string& name, std::uint32_t weight = 1) {
  config::Endpoint result;
  result.name = name;
  result.weight = weight;
  return result;
}

TEST(Changes, AreNoneBetweenEqualSettings) {
  const auto found = changes(Settings(), Settings());
  EXPECT_TRUE(found.none());
  EXPECT_THAT(found.at_next_start, IsEmpty());
}

TEST(Changes, NameTheEndpoints) {
  Settings running;
  running.endpoints = {endpoint("stays"), endpoint("goes"), endpoint("changes", 1)};
  Settings wanted;
  wanted.endpoints = {endpoint("changes", 2), endpoint("comes"), endpoint("stays")};
  const auto found = changes(running, wanted);
  EXPECT_THAT(found.added, ElementsAre("comes"));
  EXPECT_THAT(found.removed, ElementsAre("goes"));
  EXPECT_THAT(found.changed, ElementsAre("changes"));
  EXPECT_THAT(found.sections, IsEmpty());
}

TEST(Changes, NameTheSectionsAndWhetherTheyTakeEffect) {
  struct Case {
    const char* name;
    bool now;
    std::function<void(Settings&)> change;
  };
  const std::vector<Case> cases{
      {"access", true, [](Settings& s) { s.access.open = true; }},
      {"defaults", true, [](Settings& s) { s.defaults["responses"] = "m"; }},
      {"models", true, [](Settings& s) { s.models.policies["m"] = "round_robin"; }},
      {"probe", true, [](Settings& s) { s.probe.failures = 7; }},
      {"routing", true, [](Settings& s) { s.routing.attempts = 7; }},
      {"queue", true, [](Settings& s) { s.queue.length = 7; }},
      {"shutdown", true, [](Settings& s) { s.shutdown.drain = Milliseconds(7); }},
      {"limits", true, [](Settings& s) { s.limits.request_body = 7; }},
      {"log.level", true, [](Settings& s) { s.log.level = "error"; }},
      {"listen", false, [](Settings& s) { s.listen.front().address.port = 7; }},
      {"operations", false, [](Settings& s) { s.operations.address.port = 7; }},
      {"workers", false, [](Settings& s) { s.workers = 7; }},
      {"store", false, [](Settings& s) { s.store_path = "/x"; }},
      {"store.keys", false, [](Settings& s) { s.keys_path = "/x"; }},
      {"traces", false, [](Settings& s) { s.traces.emplace(); }},
      {"ownership", false, [](Settings& s) { s.ownership.in_memory = 7; }},
      {"ledger", false, [](Settings& s) { s.ledger.raw = std::chrono::days(7); }},
      {"log.file", false, [](Settings& s) { s.log.file = "/x"; }},
      {"log.access", false, [](Settings& s) { s.log.access_sample = 0.5; }},
      {"log.format", false, [](Settings& s) { s.log.format = "text"; }},
      {"log.access", false, [](Settings& s) { s.log.access = false; }},
  };
  for (const auto& [name, now, change] : cases) {
    SCOPED_TRACE(name);
    const Settings running;
    Settings wanted;
    change(wanted);
    const auto found = changes(running, wanted);
    EXPECT_THAT(now ? found.sections : found.at_next_start, ElementsAre(name));
    EXPECT_THAT(now ? found.at_next_start : found.sections, IsEmpty());
    EXPECT_EQ(found.none(), !now);
    EXPECT_EQ(applicable(running, wanted), now ? wanted : running);
  }
}

}  // namespace
}  // namespace pointsman::daemon
