#include "pointsman/routing/next_step.hpp"

#include <gtest/gtest.h>

namespace pointsman::routing {
namespace {

const Error lost{ErrorCode::connection_lost, Origin::upstream, false, ""};
const Error refused{ErrorCode::unreachable, Origin::upstream, true, ""};
const Error broken{ErrorCode::protocol, Origin::upstream, false, ""};

constexpr NextStep end{};
constexpr NextStep move{Step::move};
NextStep repeat(int ms) { return {Step::repeat, Milliseconds(ms)}; }

TEST(NextStep, FollowsItsTable) {
  struct Row {
    const char* about;
    Judgement judgement;
    Progress progress;
    NextStep next;
  };
  const Row rows[] = {
      {"a success", judge(200), {.has_other = true}, end},
      {"the request's own fault", judge(400), {.has_other = true}, end},
      {"moved", judge(500), {.has_other = true}, move},
      {"moved", judge(429), {.has_other = true}, move},
      {"moved", judge(408), {.has_other = true}, move},
      {"moved, whatever pause it asks for", judge(503, Milliseconds(100)), {.has_other = true}, move},
      {"moved", judge(lost), {.has_other = true}, move},
      {"moved once more", judge(lost), {.attempts = 2, .has_other = true}, move},
      {"as often as the file says", judge(lost), {.attempts = 3, .has_other = true}, end},

      {"one endpoint: once more", judge(500), {}, repeat(200)},
      {"one endpoint: once more", judge(lost), {}, repeat(200)},
      {"one endpoint: once more", judge(refused), {}, repeat(200)},
      {"but no third time", judge(500), {.attempts = 2, .has_repeated = true}, end},
      {"what would be the same", judge(502), {}, end},
      {"what would be the same", judge(broken), {}, end},
      {"busy, who knows for how long", judge(429), {}, end},
      {"the pause it asks for", judge(429, Milliseconds(2'000)), {}, repeat(2'000)},
      {"again", judge(503, Milliseconds(0)), {.attempts = 2, .has_repeated = true}, repeat(0)},
      {"too long a pause", judge(429, Milliseconds(2'001)), {}, end},
      {"too long a pause", judge(500, Milliseconds(60'000)), {}, end},

      {"bound", judge(500), {.has_other = true, .must_not_repeat = true}, end},
      {"bound", judge(429, Milliseconds(1)), {.must_not_repeat = true}, end},
      {"bound", judge(lost), {.has_other = true, .must_not_repeat = true}, end},
      {"bound, but nothing was sent", judge(refused), {.has_other = true, .must_not_repeat = true}, move},
      {"bound, but nothing was sent", judge(refused), {.must_not_repeat = true}, repeat(200)},
  };
  const config::Routing rules;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.about);
    EXPECT_EQ(next_step(row.judgement, row.progress, rules, 0.5), row.next);
  }
}

TEST(NextStep, IsAsTheFileSays) {
  config::Routing rules;
  rules.attempts = 1;
  EXPECT_EQ(next_step(judge(500), {.has_other = true}, rules, 0.5), end);
  rules.attempts = 3;
  rules.retry_after = Milliseconds(0);
  EXPECT_EQ(next_step(judge(429, Milliseconds(0)), {}, rules, 0.5), end);
}

TEST(NextStep, SpreadsItsOwnPause) {
  EXPECT_EQ(next_step(judge(500), {}, {}, 0).pause, shortest_pause);
  EXPECT_EQ(next_step(judge(500), {}, {}, 1).pause, longest_own_pause);
}

}  // namespace
}  // namespace pointsman::routing
