#include "pointsman/probe/routine.hpp"

#include <gtest/gtest.h>

namespace pointsman::probe {
namespace {

using namespace std::chrono_literals;
using registry::Api;
using registry::Verdict;

const WallTime now{1'700'000'000s};

std::vector<registry::ModelReport> models(const std::vector<std::string>& ids) {
  std::vector<registry::ModelReport> result;
  for (const auto& id : ids) result.emplace_back().id = id;
  return result;
}

// An endpoint of which everything is known since an hour ago, and a probe that sees nothing new.
struct Endpoint {
  Endpoint() {
    known.server_type = seen.server_type = "ollama";
    known.version = seen.version = "0.13.5";
    known.models = seen.models = models({"a", "b"});
    for (const auto& row : registry::api_table) {
      known.routes[row.api] = {Verdict::yes, registry::Provenance::probed, "", now - 1h};
    }
    known.routes_asked = now - 1h;
  }
  Known known;
  registry::ProbeReport seen;

  int due() const {
    int count = 0;
    for (const auto& row : registry::api_table) count += routes_due(known, seen, now)[row.api] ? 1 : 0;
    return count;
  }
};

constexpr int all = static_cast<int>(registry::api_count);

TEST(RoutesDue, NoneWhileNothingChanges) {
  Endpoint endpoint;
  EXPECT_EQ(endpoint.due(), 0);
  endpoint.seen.models = models({"b", "a"});
  EXPECT_EQ(endpoint.due(), 0) << "the order of the list means nothing";
}

TEST(RoutesDue, AllWhenTheServerChanges) {
  const std::vector<std::function<void(registry::ProbeReport&)>> changes{
      [](auto& seen) { seen.server_type = "vllm"; },        [](auto& seen) { seen.version = "0.14.0"; },
      [](auto& seen) { seen.models = models({"a"}); },      [](auto& seen) { seen.models = models({"a", "b", "c"}); },
      [](auto& seen) { seen.models = models({"a", "c"}); },
  };
  for (const auto& change : changes) {
    Endpoint endpoint;
    change(endpoint.seen);
    EXPECT_EQ(endpoint.due(), all);
  }
}

TEST(RoutesDue, AllWhenNothingIsKnown) {
  Endpoint endpoint;
  endpoint.known = {};
  EXPECT_EQ(endpoint.due(), all);
}

TEST(RoutesDue, AVerdictLastsADay) {
  Endpoint endpoint;
  endpoint.known.routes[Api::responses].at = now - 24h + 1ms;
  EXPECT_EQ(endpoint.due(), 0);
  endpoint.known.routes[Api::responses].at = now - 24h;
  EXPECT_TRUE(routes_due(endpoint.known, endpoint.seen, now)[Api::responses]);
  EXPECT_EQ(endpoint.due(), 1);
}

TEST(RoutesDue, AVerdictOfTheFutureIsNotBelieved) {
  Endpoint endpoint;
  endpoint.known.routes[Api::responses].at = now + 1h;
  EXPECT_EQ(endpoint.due(), 1);
}

TEST(RoutesDue, WhatIsNotThereIsAskedForEveryTenMinutes) {
  Endpoint endpoint;
  endpoint.known.routes[Api::responses].verdict = Verdict::no;
  endpoint.known.routes_asked = now - 9min;
  EXPECT_EQ(endpoint.due(), 0);
  endpoint.known.routes_asked = now - 10min;
  EXPECT_EQ(endpoint.due(), 1) << "the server may have been started anew with other options";
}

TEST(RoutesDue, AnUnknownRouteIsAskedForEveryTenMinutes) {
  Endpoint endpoint;
  endpoint.known.routes[Api::responses] = {};
  EXPECT_EQ(endpoint.due(), 1);
  endpoint.known.routes_asked = now - 9min;
  EXPECT_EQ(endpoint.due(), 0);
  endpoint.known.routes_asked = now - 10min;
  EXPECT_EQ(endpoint.due(), 1);
  endpoint.known.routes_asked = {};
  EXPECT_EQ(endpoint.due(), 1);
}

TEST(Settled, OnceEverythingWasAskedWithinADay) {
  Endpoint endpoint;
  EXPECT_TRUE(is_settled(endpoint.known, now));
  endpoint.known.routes_asked = {};
  EXPECT_TRUE(is_settled(endpoint.known, now)) << "after a restart the verdicts' own age tells";
  EXPECT_FALSE(is_settled(endpoint.known, now + 24h));
  endpoint.known.models.clear();
  EXPECT_FALSE(is_settled(endpoint.known, now));
  EXPECT_FALSE(is_settled({}, now));
}

}  // namespace
}  // namespace pointsman::probe
