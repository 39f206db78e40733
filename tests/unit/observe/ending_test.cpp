#include "pointsman/observe/ending.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pointsman::observe {
namespace {

struct Case {
  std::string_view cause;
  int status;
  bool reached_endpoint;
  Ended ended;
  std::optional<Origin> origin;
};

TEST(Ending, FollowsFromWhatWasNotedOfTheRequest) {
  const Case cases[] = {
      {"", 200, true, Ended::complete, {}},
      {"", 200, false, Ended::complete, {}},
      {"", 302, true, Ended::complete, {}},
      {"", 101, true, Ended::complete, {}},
      {"", 400, true, Ended::complete, Origin::client},
      {"", 408, true, Ended::complete, Origin::upstream},
      {"", 429, true, Ended::complete, Origin::upstream},
      {"", 500, true, Ended::complete, Origin::upstream},
      {"client_left", 200, true, Ended::client_left, Origin::client},
      {"client_left", 0, false, Ended::client_left, Origin::client},
      {"gateway_stops", 200, true, Ended::gateway_stopped, Origin::ourselves},
      {"upstream_died", 200, true, Ended::upstream_died, Origin::upstream},
      {"upstream_protocol", 101, true, Ended::upstream_died, Origin::upstream},
      {"uncountable", 101, true, Ended::upstream_died, Origin::upstream},
      {"timeout", 504, true, Ended::timed_out, Origin::upstream},
      {"timeout", 101, false, Ended::timed_out, Origin::client},
      {"unreachable", 502, true, Ended::failed, Origin::upstream},
      {"connection_lost", 502, true, Ended::failed, Origin::upstream},
      {"protocol", 502, true, Ended::failed, Origin::upstream},
      {"no_healthy_endpoint", 503, false, Ended::refused, Origin::upstream},
      {"overloaded", 503, false, Ended::refused, Origin::ourselves},
      {"connections", 503, false, Ended::refused, Origin::ourselves},
      {"unsupported_api", 501, false, Ended::refused, Origin::client},
      {"model_not_found", 404, false, Ended::refused, Origin::client},
      {"invalid_api_key", 401, false, Ended::refused, Origin::client},
      {"refused_head", 400, false, Ended::refused, Origin::client},
      {"client_protocol", 101, true, Ended::refused, Origin::client},
      {"internal_error", 500, false, Ended::broken, Origin::ourselves},
  };
  for (const auto& each : cases) {
    const auto ending = ending_of(each.cause, each.status, each.reached_endpoint);
    EXPECT_EQ(ending, (Ending{each.ended, each.origin})) << each.cause << " " << each.status;
  }
}

TEST(Ending, OfAClientThatLeftIsNoErrorToLookAfter) {
  EXPECT_FALSE(ending_of("", 200, true).is_error());
  EXPECT_FALSE(ending_of("client_left", 200, true).is_error());
  EXPECT_TRUE(ending_of("", 400, true).is_error());
  EXPECT_TRUE(ending_of("upstream_died", 200, true).is_error());
}

TEST(Ending, HasANameForEach) {
  std::set<std::string> names;
  for (std::size_t each = 0; each < ended_count; ++each) names.emplace(name(static_cast<Ended>(each)));
  EXPECT_EQ(names.size(), ended_count);
}

}  // namespace
}  // namespace pointsman::observe
