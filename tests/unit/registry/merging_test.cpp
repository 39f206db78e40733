#include "pointsman/registry/merging.hpp"

#include <gtest/gtest.h>

#include "pointsman/registry/verdict.hpp"
#include "samples.hpp"

namespace pointsman::registry {
namespace {

using namespace std::chrono_literals;

Capability known_by(Provenance how, Verdict verdict, WallTime at = noon) { return {verdict, how, "evidence", at}; }

// Up since noon with the models m and n, and this of the API.
Learned known(const Capability& route, const Capability& of_m) {
  ProbeReport first = report({model("m"), model("n")});
  first.routes[Api::responses] = route;
  first.models[0].apis[Api::responses] = of_m;
  return merged(Learned(), first);
}

// The same server an hour later.
ProbeReport later(std::vector<ModelReport> models = {model("m"), model("n")}) {
  ProbeReport result = report(std::move(models));
  result.at = noon + 1h;
  for (const auto& row : api_table) result.routes[row.api] = {};
  return result;
}

const Capability nothing{};
const Capability seen_yes = known_by(Provenance::observed, Verdict::yes);
const Capability seen_no = known_by(Provenance::observed, Verdict::no);
const Capability asked_yes = known_by(Provenance::probed, Verdict::yes);
const Capability asked_no = known_by(Provenance::probed, Verdict::no);

enum class Change { none, type, version, models, order, day };

struct Row {
  Change change;
  Capability known;
  Capability found;
  Capability of_route;
  Capability of_model;
};

ProbeReport after(Change change) {
  ProbeReport result = change == Change::models  ? later({model("m"), model("o")})
                       : change == Change::order ? later({model("n"), model("m"), model("n"), model("")})
                                                 : later();
  if (change == Change::type) result.server_type = "ollama";
  if (change == Change::version) result.version = "2.0";
  if (change == Change::day) result.at = noon + 24h;
  return result;
}

TEST(Merging, RanksByProvenance) {
  const Capability listed_no = known_by(Provenance::openapi, Verdict::no, noon + 1h);
  const Capability guessed_no = known_by(Provenance::profile, Verdict::no, noon + 1h);
  const Capability probed_no = known_by(Provenance::probed, Verdict::no, noon + 1h);
  const Capability observed_no = known_by(Provenance::observed, Verdict::no, noon + 1h);
  const Capability guessed_yes = known_by(Provenance::profile, Verdict::yes);
  const Row rows[] = {
      // What was seen of the same server stands for a day.
      {Change::none, seen_yes, listed_no, seen_yes, seen_yes},
      {Change::none, seen_yes, guessed_no, seen_yes, seen_yes},
      {Change::none, seen_yes, probed_no, seen_yes, seen_yes},
      {Change::order, seen_yes, probed_no, seen_yes, seen_yes},
      {Change::none, seen_yes, observed_no, observed_no, observed_no},
      {Change::none, seen_yes, nothing, seen_yes, seen_yes},
      {Change::day, seen_yes, probed_no, probed_no, probed_no},
      {Change::type, seen_yes, probed_no, probed_no, probed_no},
      {Change::version, seen_yes, probed_no, probed_no, probed_no},
      {Change::models, seen_yes, probed_no, probed_no, probed_no},

      // Of what the probes find the newest counts.
      {Change::none, asked_yes, listed_no, listed_no, listed_no},
      {Change::none, guessed_yes, probed_no, probed_no, probed_no},

      // What was not found out stays, except of another server. A model's observations pass, because no probe asks.
      {Change::none, asked_no, nothing, asked_no, asked_no},
      {Change::models, asked_no, nothing, asked_no, asked_no},
      {Change::day, asked_no, nothing, asked_no, asked_no},
      {Change::version, asked_no, nothing, asked_no, nothing},
      {Change::type, asked_no, nothing, nothing, nothing},
      {Change::models, seen_no, nothing, seen_no, nothing},
      {Change::day, seen_no, nothing, seen_no, nothing},
      {Change::version, seen_no, nothing, seen_no, nothing},
      {Change::type, seen_no, nothing, nothing, nothing},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(testing::Message() << &row - rows);
    ProbeReport next = after(row.change);
    next.routes[Api::responses] = row.found;
    for (auto& each : next.models) {
      if (each.id == "m") each.apis[Api::responses] = row.found;
    }
    const Learned result = merged(known(row.known, row.known), next);
    EXPECT_EQ(result.routes[Api::responses], row.of_route);
    for (const auto& each : result.models) {
      if (each.id == "m") EXPECT_EQ(each.apis[Api::responses], row.of_model);
    }
  }
}

TEST(Merging, ANoThatWasSeenStandsForTenMinutesOnly) {
  const Learned before = known(seen_no, seen_no);
  ProbeReport next = report({model("m"), model("n")});
  next.routes[Api::responses] = asked_yes;
  next.at = noon + 10min - 1ms;
  const Learned soon = merged(before, next);
  EXPECT_EQ(soon.routes[Api::responses], seen_no);
  EXPECT_EQ(soon.models[0].apis[Api::responses], seen_no);
  next.at = noon + 10min;
  const Learned then = merged(before, next);
  EXPECT_EQ(then.routes[Api::responses], asked_yes);
  EXPECT_EQ(then.models[0].apis[Api::responses], nothing);
}

TEST(Merging, WhatWasSeenOfAServerThatWasDownIsForgotten) {
  Learned before = known(seen_no, seen_no);
  before.health = Health::down;
  ProbeReport next = report({model("m"), model("n")});
  next.routes[Api::responses] = asked_yes;
  next.at = noon + 1min;
  const Learned after = merged(before, next);
  EXPECT_EQ(after.routes[Api::responses], asked_yes);
  EXPECT_EQ(after.models[0].apis[Api::responses], nothing);
}

TEST(Merging, AClockThatWasSetBackEndsAnObservation) {
  const Capability from_the_future = known_by(Provenance::observed, Verdict::yes, noon + 2h);
  ProbeReport next = later();
  next.routes[Api::responses] = asked_no;
  EXPECT_EQ(merged(known(from_the_future, nothing), next).routes[Api::responses], asked_no);
}

TEST(Merging, ASilentEndpointForgetsWhatPasses) {
  const Learned before = known(asked_no, seen_no);
  const Learned soon = merged(before, down());
  EXPECT_EQ(soon.models, before.models);
  ProbeReport long_after = down();
  long_after.at = noon + 25h;
  const Learned much_later = merged(before, long_after);
  EXPECT_EQ(much_later.routes, before.routes);
  EXPECT_EQ(much_later.models[0].apis[Api::responses], nothing);
}

TEST(Merging, WhatIsInMemoryHoldsForItsProbeOnly) {
  ProbeReport first = report({model("m")});
  first.models[0].loaded = true;
  const Learned before = merged(Learned(), first);
  EXPECT_EQ(before.models[0].loaded, true);
  EXPECT_EQ(merged(before, later({model("m")})).models[0].loaded, std::nullopt);
  EXPECT_EQ(merged(before, down()).models[0].loaded, std::nullopt);
}

TEST(Merging, AServerThatLoadsKeepsItsVersion) {
  ProbeReport loading;
  loading.health = Health::loading;
  loading.server_type = "vllm";
  const Learned before = known(asked_no, asked_no);
  const Learned result = merged(before, loading);
  EXPECT_EQ(result.version, "1.0");
  EXPECT_EQ(result.models, before.models);

  loading.server_type = "llama.cpp";
  const Learned other = merged(before, loading);
  EXPECT_EQ(other.version, "");
  EXPECT_EQ(other.routes[Api::responses], nothing);
  EXPECT_EQ(other.models[0].apis[Api::responses], nothing);
  EXPECT_EQ(other.models.size(), 2u);
}

struct OpenRow {
  Change change;
  Capability known;
  Capability found;
  bool open;
};

TEST(Merging, SaysWhatHasToBeAskedAgain) {
  const OpenRow rows[] = {
      {Change::none, asked_no, nothing, false},      {Change::order, asked_no, nothing, false},
      {Change::day, asked_no, nothing, false},       {Change::version, asked_no, nothing, true},
      {Change::models, asked_no, nothing, true},     {Change::type, asked_no, nothing, true},
      {Change::version, asked_no, asked_yes, false}, {Change::version, nothing, nothing, false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(testing::Message() << &row - rows);
    ProbeReport next = after(row.change);
    for (auto& each : next.models) {
      if (each.id == "m") each.apis[Api::responses] = row.found;
    }
    EXPECT_EQ(leaves_open(known(nothing, row.known), next), row.open);
  }
  EXPECT_FALSE(leaves_open(known(nothing, asked_no), later({model("n")}))) << "the model is gone";
  EXPECT_FALSE(leaves_open(known(nothing, asked_no), down()));
}

Lesson lesson(Verdict verdict, bool of_route, std::string name = "m") {
  return {"a", std::move(name), Api::responses, verdict, "seen", of_route};
}

struct LessonRow {
  Capability route;
  Capability of_model;
  Lesson lesson;
  bool is_news;
  Verdict of_m;
  Verdict of_n;
};

TEST(Merging, TakesInLessons) {
  const Capability guessed_yes = known_by(Provenance::profile, Verdict::yes);
  const Capability listed_yes = known_by(Provenance::openapi, Verdict::yes);
  const LessonRow rows[] = {
      {nothing, nothing, lesson(Verdict::yes, false), true, Verdict::yes, Verdict::unknown},
      {nothing, nothing, lesson(Verdict::yes, true), true, Verdict::yes, Verdict::yes},
      {asked_yes, nothing, lesson(Verdict::no, true), true, Verdict::no, Verdict::no},
      {asked_yes, nothing, lesson(Verdict::no, false), true, Verdict::no, Verdict::yes},
      {asked_yes, asked_no, lesson(Verdict::yes, false), true, Verdict::yes, Verdict::yes},
      {seen_yes, nothing, lesson(Verdict::no, true), true, Verdict::no, Verdict::no},
      // A route that is missing is missing for every model.
      {asked_yes, asked_yes, lesson(Verdict::no, true), true, Verdict::no, Verdict::no},
      // One that is there makes up for nothing.
      {asked_no, asked_no, lesson(Verdict::yes, true, "n"), true, Verdict::no, Verdict::yes},
      // Nothing new.
      {asked_yes, nothing, lesson(Verdict::yes, false), false, Verdict::yes, Verdict::yes},
      {seen_yes, nothing, lesson(Verdict::yes, true), false, Verdict::yes, Verdict::yes},
      {asked_yes, asked_no, lesson(Verdict::no, false), false, Verdict::no, Verdict::yes},
      {asked_yes, nothing, lesson(Verdict::unknown, true), false, Verdict::yes, Verdict::yes},
      {asked_yes, nothing, lesson(Verdict::no, false, "stranger"), false, Verdict::yes, Verdict::yes},
      // A guess that comes true.
      {guessed_yes, nothing, lesson(Verdict::yes, true), true, Verdict::yes, Verdict::yes},
      {listed_yes, nothing, lesson(Verdict::yes, false), true, Verdict::yes, Verdict::yes},
      // The route of a model that is not listed.
      {nothing, nothing, lesson(Verdict::yes, true, "stranger"), true, Verdict::yes, Verdict::yes},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(testing::Message() << &row - rows);
    const Learned before = known(row.route, row.of_model);
    Learned learned = before;
    EXPECT_EQ(take_in(row.lesson, noon + 1h, learned), row.is_news);
    EXPECT_EQ(learned == before, !row.is_news);
    EXPECT_EQ(verdict_of({}, learned, learned.models[0], Api::responses), row.of_m);
    EXPECT_EQ(verdict_of({}, learned, learned.models[1], Api::responses), row.of_n);
    if (!row.is_news) continue;
    const Capability& where =
        row.lesson.of_route ? learned.routes[Api::responses] : learned.models[0].apis[Api::responses];
    EXPECT_EQ(where, (Capability{row.lesson.verdict, Provenance::observed, "seen", noon + 1h}));
  }
}

}  // namespace
}  // namespace pointsman::registry
