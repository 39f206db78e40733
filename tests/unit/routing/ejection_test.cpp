#include "pointsman/routing/ejection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace pointsman::routing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr MonotonicTime now{Milliseconds(1'000'000)};

class EjectionTest : public testing::Test {
 protected:
  void add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      registry::SnapshotEndpoint endpoint;
      endpoint.health = registry::Health::up;
      endpoint.load = std::make_shared<registry::EndpointLoad>();
      endpoint.models.push_back({std::make_shared<registry::ModelLoad>()});
      candidates_.push_back({.endpoint = static_cast<std::uint32_t>(snapshot_.endpoints.size()), .model = 0});
      snapshot_.endpoints.push_back(std::move(endpoint));
    }
  }
  void open(std::uint32_t endpoint, registry::Breaker& breaker) {
    for (std::uint32_t i = 0; i < registry::Breaker::faults_in_a_row; ++i) breaker.fault(now, false);
    ++load(endpoint).open_breakers;
  }
  void open(std::uint32_t endpoint) { open(endpoint, load(endpoint).breaker); }
  registry::EndpointLoad& load(std::uint32_t endpoint) { return *snapshot_.endpoints[endpoint].load; }
  bool is_needless() const { return Ejection::is_needless(snapshot_, candidates_); }
  Ejection::PassedOver look(MonotonicTime at = now) { return ejection_.look(snapshot_, candidates_, at); }

  registry::Snapshot snapshot_;
  std::vector<registry::Candidate> candidates_;
  Ejection ejection_;
};

TEST_F(EjectionTest, IsNeedlessWhereNothingIsWrong) {
  add(3);
  EXPECT_TRUE(is_needless());
  open(1);
  EXPECT_FALSE(is_needless());
}

TEST_F(EjectionTest, IsNeedlessWithOneEndpoint) {
  add(1);
  open(0);
  EXPECT_TRUE(is_needless());
}

TEST_F(EjectionTest, LeavesOutWhoseBreakerIsOpenUntilOneMayTry) {
  add(3);
  open(1);
  EXPECT_THAT(look().faulty, ElementsAre(1));
  EXPECT_THAT(look(now + registry::Breaker::first_pause).faulty, IsEmpty());
}

TEST_F(EjectionTest, LeavesOutOneModelOfAnEndpoint) {
  add(3);
  open(2, snapshot_.endpoints[2].models[0].load->breaker);
  EXPECT_THAT(look().faulty, ElementsAre(2));
  candidates_[2].model = registry::Candidate::none;
  EXPECT_THAT(look().faulty, IsEmpty());
}

TEST_F(EjectionTest, LeavesOutHalfOfThoseThatAreUpAtMost) {
  for (const auto& [endpoints, up, faulty, left_out] : {std::array{2u, 2u, 2u, 1u},
                                                        {3u, 3u, 3u, 1u},
                                                        {4u, 4u, 4u, 2u},
                                                        {5u, 5u, 1u, 1u},
                                                        {5u, 3u, 3u, 1u},
                                                        {5u, 1u, 1u, 0u}}) {
    snapshot_ = {};
    candidates_.clear();
    add(endpoints);
    for (auto i = up; i < endpoints; ++i) snapshot_.endpoints[i].health = registry::Health::down;
    for (auto i = 0u; i < faulty; ++i) open(i);
    EXPECT_EQ(look().faulty.size(), left_out) << endpoints << " endpoints";
  }
}

TEST_F(EjectionTest, GivesThoseThatHaveTooMuchToDoAQuarter) {
  add(2);
  load(0).backpressure.press(now, Milliseconds(5'000));
  EXPECT_FALSE(is_needless());
  int passed_over = 0;
  for (int i = 0; i < 100; ++i) passed_over += static_cast<int>(look().pressed.size());
  EXPECT_EQ(passed_over, 75);
  EXPECT_THAT(look().faulty, IsEmpty());
}

TEST_F(EjectionTest, ForgetsWhatIsOver) {
  add(2);
  load(0).backpressure.press(now, Milliseconds(5'000));
  EXPECT_THAT(look(now + Milliseconds(5'000)).pressed, IsEmpty());
  EXPECT_TRUE(is_needless());
}

TEST_F(EjectionTest, WhoIsPassedOverServesWhereNobodyElseCan) {
  add(3);
  open(0);
  load(1).backpressure.press(now, Milliseconds(5'000));
  Balancer balancer;
  Tried tried;
  std::vector<std::uint32_t> order;
  for (int i = 0; i < 3; ++i) {
    const auto choice = Ejection().choose(balancer, snapshot_, candidates_, tried, {.now = now});
    ASSERT_EQ(choice.kind, Choice::Kind::chosen);
    tried.push_back(choice.candidate.endpoint);
    order.push_back(choice.candidate.endpoint);
  }
  EXPECT_THAT(order, ElementsAre(2, 1, 0));
  EXPECT_EQ(Ejection().choose(balancer, snapshot_, candidates_, tried, {.now = now}).kind, Choice::Kind::none_up);
}

TEST_F(EjectionTest, AFaultyOneDoesNotServeWhereTheOthersAreFull) {
  add(2);
  open(0);
  snapshot_.endpoints[1].max_concurrent = 1;
  load(1).in_flight = 1;
  Balancer balancer;
  EXPECT_EQ(Ejection().choose(balancer, snapshot_, candidates_, {}, {.now = now}).kind, Choice::Kind::all_full);
}

}  // namespace
}  // namespace pointsman::routing
