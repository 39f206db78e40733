#include "pointsman/registry/health.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::registry {
namespace {

// What happens to an endpoint, a letter each.
void tell(EndpointHealth& health, char event) {
  switch (event) {
    case 'u': return health.probed(Health::up);
    case 'd': return health.probed(Health::down);
    case 'l': return health.probed(Health::loading);
    case 'b': return health.probed(Health::busy);
    case 'a': return health.probed(Health::auth);
    case '?': return health.probed(Health::unknown);
    case 'F': static_cast<void>(health.fault()); return;
    case 'S': return health.success();
    default: FAIL() << event;
  }
}

struct Row {
  Patience patience;
  Health before;
  std::string events;
  Health after;
  bool in_doubt = false;
};

TEST(EndpointHealth, FollowsItsTable) {
  const Patience usual;
  const Patience slow{3, 2};
  const Patience hasty{1, 1};
  const Row rows[] = {
      // The first probe ever decides.
      {usual, Health::unknown, "", Health::unknown},
      {usual, Health::unknown, "u", Health::up},
      {usual, Health::unknown, "d", Health::down},
      {slow, Health::unknown, "d", Health::down},
      {slow, Health::unknown, "u", Health::up},
      {usual, Health::unknown, "?", Health::unknown},
      {usual, Health::unknown, "F", Health::unknown},

      // Going down takes failures in a row, whoever met them.
      {usual, Health::up, "d", Health::up, true},
      {usual, Health::up, "dd", Health::down},
      {usual, Health::up, "dF", Health::down},
      {usual, Health::up, "Fd", Health::down},
      {usual, Health::up, "FF", Health::down},
      {usual, Health::up, "du", Health::up},
      {usual, Health::up, "dud", Health::up, true},
      {usual, Health::up, "dSd", Health::up, true},
      {usual, Health::up, "FSF", Health::up, true},
      {usual, Health::up, "d?d", Health::down},
      {slow, Health::up, "dd", Health::up, true},
      {slow, Health::up, "dFd", Health::down},
      {hasty, Health::up, "d", Health::down},
      {hasty, Health::up, "F", Health::down},
      {usual, Health::busy, "d", Health::busy, true},
      {usual, Health::busy, "FF", Health::down},
      {usual, Health::loading, "dd", Health::down},
      {usual, Health::auth, "dd", Health::down},

      // Coming up takes successful probes in a row.
      {usual, Health::down, "u", Health::up},
      {slow, Health::down, "u", Health::down, true},
      {slow, Health::down, "uu", Health::up},
      {slow, Health::down, "udu", Health::down, true},
      {slow, Health::down, "uSS", Health::down, true},
      {usual, Health::down, "S", Health::down},
      {usual, Health::down, "d", Health::down},
      {usual, Health::down, "FFu", Health::up},
      {slow, Health::up, "dddu", Health::down, true},
      {slow, Health::up, "dddud", Health::down},

      // What a server says of itself holds at once.
      {slow, Health::up, "l", Health::loading},
      {slow, Health::up, "b", Health::busy},
      {slow, Health::up, "a", Health::auth},
      {slow, Health::down, "l", Health::loading},
      {slow, Health::down, "b", Health::busy},
      {slow, Health::down, "a", Health::auth},
      {slow, Health::loading, "u", Health::up},
      {slow, Health::auth, "u", Health::up},
      {slow, Health::busy, "u", Health::up},
      {usual, Health::up, "dl", Health::loading},
      {usual, Health::up, "dbd", Health::busy, true},

      // Requests to what is not usable tell nothing.
      {usual, Health::loading, "FFF", Health::loading},
      {usual, Health::auth, "FFF", Health::auth},
  };
  for (const auto& row : rows) {
    EndpointHealth health(row.patience, row.before);
    for (const char event : row.events) tell(health, event);
    SCOPED_TRACE(std::string(name(row.before)) + " " + row.events);
    EXPECT_EQ(name(health.now()), name(row.after));
    EXPECT_EQ(health.is_in_doubt(), row.in_doubt);
  }
}

TEST(EndpointHealth, MayBeJudgedWithAnotherPatience) {
  EndpointHealth health({2, 1}, Health::up);
  health.set_patience({1, 2});
  health.probed(Health::down);
  EXPECT_EQ(health.now(), Health::down);
  health.probed(Health::up);
  EXPECT_EQ(health.now(), Health::down);
  health.probed(Health::up);
  EXPECT_EQ(health.now(), Health::up);
}

TEST(EndpointHealth, SaysWhetherAFaultCounts) {
  for (const auto before : {Health::unknown, Health::loading, Health::auth, Health::down}) {
    EXPECT_FALSE(EndpointHealth({}, before).fault()) << name(before);
  }
  for (const auto before : {Health::up, Health::busy}) EXPECT_TRUE(EndpointHealth({}, before).fault()) << name(before);
}

}  // namespace
}  // namespace pointsman::registry
