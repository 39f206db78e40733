#include "pointsman/routing/queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <string>

namespace pointsman::routing {
namespace {

struct Request : Queue::Waiter {
  explicit Request(std::string text) : name(std::move(text)) {}
  std::string name;
};

std::string name_of(const Queue::Waiter* waiter) {
  return waiter == nullptr ? "nobody" : static_cast<const Request*>(waiter)->name;
}

MonotonicTime at(int ms) { return MonotonicTime(Milliseconds(1'000'000 + ms)); }

class QueueTest : public testing::Test {
 protected:
  // The key is the first letter of the name.
  std::string enter(const std::string& name, std::uint32_t priority = 0, std::string_view line = "line", int ms = 0) {
    auto& request = requests_.emplace(name, std::make_unique<Request>(name)).first->second;
    return name_of(queue_.enter(*request, {line, name.substr(0, 1), priority}, at(ms)));
  }
  std::string found_none(const std::string& name) { return name_of(queue_.found_none(*requests_.at(name))); }
  std::string leave(const std::string& name, bool with_place = true, int ms = 0) {
    const auto called = name_of(queue_.leave(*requests_.at(name), with_place, at(ms)));
    requests_.erase(name);
    return called;
  }
  void look_at(const std::string& name, const registry::EndpointLoad& endpoint) {
    queue_.looks_at(*requests_.at(name), {&endpoint});
  }
  std::string freed(const registry::EndpointLoad& endpoint) {
    std::string names;
    for (const auto* each : queue_.freed(endpoint)) names += (names.empty() ? "" : " ") + name_of(each);
    return names.empty() ? "nobody" : names;
  }
  // Enters all; the order in which they are served, each place coming after the one before was taken.
  std::string served(const std::vector<std::pair<std::string, std::uint32_t>>& names) {
    std::string order;
    std::string called;
    for (const auto& [name, priority] : names) {
      const auto now = enter(name, priority);
      if (now != "nobody") called = now;
    }
    // The first came alone and was called; it looks when all are there.
    called = found_none(called) == "nobody" ? name_of(queue_.look_again().at(0)) : called;
    while (called != "nobody") {
      order += (order.empty() ? "" : " ") + called;
      called = leave(called);
    }
    return order;
  }

  Queue queue_;
  std::map<std::string, std::unique_ptr<Request>> requests_;
  registry::EndpointLoad here_;
  registry::EndpointLoad there_;
};

TEST_F(QueueTest, ServesThoseOfOneKeyAsTheyCame) { EXPECT_EQ(served({{"a1", 0}, {"a2", 0}, {"a3", 0}}), "a1 a2 a3"); }

TEST_F(QueueTest, ServesOneKeyAfterTheOther) {
  EXPECT_EQ(served({{"a1", 0}, {"a2", 0}, {"a3", 0}, {"a4", 0}, {"b1", 0}, {"c1", 0}, {"c2", 0}}),
            "a1 b1 c1 a2 c2 a3 a4");
}

TEST_F(QueueTest, ServesTheLowestPriorityFirst) {
  EXPECT_EQ(served({{"a1", 5}, {"b1", 1}, {"c1", 0}, {"b2", 1}, {"d1", 1}, {"c2", 0}}), "c1 c2 b1 d1 b2 a1");
}

TEST_F(QueueTest, CallsTheFirstOfALineAtOnceAndNobodyElse) {
  EXPECT_EQ(enter("a1"), "a1");
  EXPECT_EQ(enter("b1"), "nobody");
  EXPECT_EQ(enter("x1", 0, "another line"), "x1");
  EXPECT_TRUE(queue_.has("line"));
  EXPECT_EQ(queue_.size(), 3u);
  EXPECT_EQ(leave("a1"), "b1");
  EXPECT_EQ(leave("b1"), "nobody");
  EXPECT_FALSE(queue_.has("line"));
  EXPECT_EQ(queue_.size(), 1u);
}

TEST_F(QueueTest, RemembersWhatBecomesFreeWhileOneLooks) {
  enter("a1");
  look_at("a1", here_);
  EXPECT_EQ(freed(here_), "nobody") << "it was called already";
  EXPECT_EQ(found_none("a1"), "a1");
  EXPECT_EQ(found_none("a1"), "nobody");
  EXPECT_EQ(freed(here_), "a1");
}

TEST_F(QueueTest, CallsThoseForWhomAPlaceMayBe) {
  enter("a1");
  enter("x1", 0, "another line");
  look_at("a1", here_);
  look_at("x1", there_);
  found_none("a1");
  found_none("x1");
  EXPECT_EQ(freed(there_), "x1");
  EXPECT_EQ(freed(here_), "a1");
  found_none("a1");
  found_none("x1");
  EXPECT_EQ(queue_.look_again().size(), 2u);
}

TEST_F(QueueTest, PassesTheCallOnWhenTheOneWhoWasCalledLeaves) {
  enter("a1");
  enter("b1");
  enter("c1");
  EXPECT_EQ(leave("b1", false), "nobody") << "it was not called";
  EXPECT_EQ(leave("a1", false), "c1");
}

TEST_F(QueueTest, KeepsTheTurnOfAKeyWhoseRequestLeavesWithoutAPlace) {
  enter("a1");
  enter("a2");
  enter("b1");
  EXPECT_EQ(leave("a1", false), "a2");
}

TEST_F(QueueTest, SaysHowLongItMayTake) {
  using std::chrono::seconds;
  EXPECT_EQ(queue_.patience_needed(at(0)), seconds(1));
  for (const auto* name : {"a1", "a2", "a3", "a4", "a5", "a6"}) enter(name);
  EXPECT_EQ(queue_.patience_needed(at(0)), seconds(1)) << "nothing is known yet";
  leave("a1", true, 2'000);
  EXPECT_EQ(queue_.patience_needed(at(2'000)), seconds(10)) << "five, one every two seconds";
  leave("a2", true, 2'500);
  EXPECT_EQ(queue_.patience_needed(at(2'500)), seconds(7)) << "2 s and then 0.5 s: 1.7 s on average";
  EXPECT_EQ(queue_.patience_needed(at(7'500)), seconds(20)) << "nothing for five seconds";
  EXPECT_EQ(queue_.patience_needed(at(100'000)), seconds(60));
}

// Whatever happens in whatever order: while a place is free and somebody waits, somebody has been called.
TEST_F(QueueTest, ForgetsNobody) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  std::size_t free = 0;
  std::set<std::string> called;
  int number = 0;
  const auto note = [&](const std::string& name) {
    if (name != "nobody") EXPECT_TRUE(called.insert(name).second) << name << " is called twice";
  };
  for (int step = 0; step < 20'000; ++step) {
    switch (below(5)) {
      case 0: note(enter(std::string(1, "abc"[below(3)]) + std::to_string(number++), below(2))); break;
      case 1:
        ++free;
        for (const auto* each : queue_.look_again()) note(name_of(each));
        break;
      case 2:
        if (!requests_.empty()) {
          const auto name = std::next(requests_.begin(), static_cast<std::ptrdiff_t>(below(requests_.size())))->first;
          called.erase(name);
          note(leave(name, false));
        }
        break;
      default:
        if (called.empty()) break;
        const auto name = *called.begin();
        called.erase(name);
        if (free > 0) {
          --free;
          note(leave(name));
        } else {
          note(found_none(name));
        }
    }
    ASSERT_TRUE(free == 0 || requests_.empty() || !called.empty()) << "step " << step;
    ASSERT_EQ(queue_.size(), requests_.size());
    if (requests_.empty()) free = 0;
  }
}

}  // namespace
}  // namespace pointsman::routing
