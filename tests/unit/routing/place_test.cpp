#include "pointsman/routing/place.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pointsman::routing {
namespace {

struct Listener final : Vacancies {
  void freed(const registry::EndpointLoad& endpoint) override { freed_last = &endpoint; }
  void await() { ++waiting_; }
  const registry::EndpointLoad* freed_last = nullptr;
};

registry::SnapshotEndpoint endpoint_with(std::uint32_t max_concurrent, std::uint32_t max_of_model) {
  registry::SnapshotEndpoint endpoint;
  endpoint.max_concurrent = max_concurrent;
  endpoint.load = std::make_shared<registry::EndpointLoad>();
  endpoint.models.push_back({std::make_shared<registry::ModelLoad>(), max_of_model});
  return endpoint;
}

constexpr registry::Candidate of_model{.model = 0, .is_limited = true};

TEST(Place, CountsFromTakingToTheEnd) {
  const auto endpoint = endpoint_with(0, 5);
  {
    Place place;
    EXPECT_TRUE(place.take(endpoint, of_model));
    EXPECT_EQ(endpoint.load->in_flight, 1u);
    EXPECT_EQ(endpoint.models[0].load->in_flight, 1u);
    const Place moved = std::move(place);
    EXPECT_EQ(endpoint.load->in_flight, 1u);
  }
  EXPECT_EQ(endpoint.load->in_flight, 0u);
  EXPECT_EQ(endpoint.models[0].load->in_flight, 0u);
}

TEST(Place, IsNotHalfTaken) {
  const auto endpoint = endpoint_with(2, 1);
  Place first;
  Place second;
  EXPECT_TRUE(first.take(endpoint, of_model));
  EXPECT_FALSE(second.take(endpoint, of_model));
  EXPECT_EQ(endpoint.load->in_flight, 1u);
  EXPECT_TRUE(second.take(endpoint, {})) << "another model's";
  Place third;
  EXPECT_FALSE(third.take(endpoint, {}));
}

TEST(Place, IsAnnouncedWhereSomebodyWaits) {
  const auto endpoint = endpoint_with(1, 0);
  Listener listener;
  Place place(listener);
  place.take(endpoint, {});
  place.give_back();
  EXPECT_EQ(listener.freed_last, nullptr);
  listener.await();
  place.take(endpoint, {});
  place.give_back();
  EXPECT_EQ(listener.freed_last, endpoint.load.get());
}

TEST(Place, NeverIsOneTooMany) {
  const auto endpoint = endpoint_with(3, 2);
  std::atomic<std::uint32_t> at_endpoint = 0;
  std::atomic<std::uint32_t> at_model = 0;
  std::atomic<bool> too_many = false;
  const auto take_often = [&](const registry::Candidate& candidate, bool is_of_model) {
    for (int i = 0; i < 20'000; ++i) {
      Place place;
      if (!place.take(endpoint, candidate)) continue;
      if (++at_endpoint > 3) too_many = true;
      if (is_of_model && ++at_model > 2) too_many = true;
      --at_endpoint;
      if (is_of_model) --at_model;
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < 2; ++i) {
    workers.emplace_back(take_often, of_model, true);
    workers.emplace_back(take_often, registry::Candidate(), false);
  }
  for (auto& each : workers) each.join();
  EXPECT_FALSE(too_many);
  EXPECT_EQ(endpoint.load->in_flight, 0u);
  EXPECT_EQ(endpoint.models[0].load->in_flight, 0u);
}

}  // namespace
}  // namespace pointsman::routing
