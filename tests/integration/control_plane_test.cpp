#include "pointsman/daemon/control_plane.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

#include "support/fake_upstream.hpp"

// The control plane by itself: what it publishes and keeps, against real endpoints.
namespace pointsman::test {
namespace {

using namespace std::chrono_literals;
using registry::Api;
using registry::Health;
using registry::Provenance;
using registry::Verdict;
using testing::ElementsAre;
using testing::SizeIs;

const std::string chat = "POST /v1/chat/completions";
const std::string embeddings = "POST /v1/embeddings";
const std::string listing = "GET /v1/models";
const std::string list_of_m = R"({"object":"list","data":[{"id":"m"}]})";

constexpr Milliseconds never{3'600'000};  // long after the end of every test
constexpr Milliseconds often{100};

// Where a log may write until it is gone.
struct Nowhere {
  ~Nowhere() { ::close(descriptor); }
  int descriptor = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
};

Script silence() {
  return [](Conversation& conversation) { return conversation.until_client_leaves(); };
}

class ControlPlaneTest : public testing::Test {
 protected:
  using Done = std::shared_ptr<std::promise<void>>;

  ~ControlPlaneTest() override { worker_.stop(); }

  void start(const std::vector<std::string>& urls, Milliseconds interval, std::uint32_t failures = 2) {
    config::Settings settings;
    settings.probe.interval = interval;
    settings.probe.failures = failures;
    for (const auto& url : urls) {
      config::Endpoint& endpoint = settings.endpoints.emplace_back();
      endpoint.name = "e" + std::to_string(settings.endpoints.size());
      endpoint.url = config::parse_url(url).value();
    }
    endpoints_ = settings.endpoints;
    control_plane_.emplace(worker_, settings, net::TlsClients(), *store_, log_,
                           [this](registry::SnapshotPtr snapshot) { take(std::move(snapshot)); });
    control_plane_->restore();
    control_plane_->start();
    worker_.start();
  }

  void take(registry::SnapshotPtr snapshot) {
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(snapshot);
    published_.notify_all();
  }

  // Waits for a snapshot of which this holds.
  testing::AssertionResult publishes(const std::function<bool(const registry::Snapshot&)>& predicate) {
    std::unique_lock lock(mutex_);
    const bool holds = published_.wait_for(lock, 10s, [&] { return snapshot_ && predicate(*snapshot_); });
    return holds ? testing::AssertionSuccess() : testing::AssertionFailure() << "never published";
  }
  testing::AssertionResult becomes(Health health, std::size_t endpoint = 0) {
    return publishes([&](const auto& snapshot) { return snapshot.endpoints[endpoint].health == health; })
           << registry::name(health);
  }
  registry::SnapshotPtr snapshot() {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }

  // Does it on the control plane's worker and waits for the end.
  void there(std::function<void(daemon::ControlPlane&)> action) {
    std::promise<void> done;
    worker_.post([&] {
      action(*control_plane_);
      done.set_value();
    });
    done.get_future().wait();
  }
  void fault() {
    there([](auto& control_plane) { control_plane.fault("e1"); });
  }

  // Ready when `done` is called.
  std::future<void> refresh() {
    const auto done = std::make_shared<std::promise<void>>();
    there([&](auto& control_plane) { control_plane.refresh_models([done] { done->set_value(); }); });
    return done->get_future();
  }
  static bool is_ready(const std::future<void>& future, Milliseconds within = 10s) {
    return future.wait_for(within) == std::future_status::ready;
  }

  SystemClock clock_;
  const Nowhere nowhere_;
  observe::Log log_{{.descriptor = nowhere_.descriptor}};
  std::unique_ptr<store::Store> store_ = store::Store::open(":memory:", clock_).value();
  std::vector<config::Endpoint> endpoints_;

  std::mutex mutex_;
  std::condition_variable published_;
  registry::SnapshotPtr snapshot_;

  net::Worker worker_{0, clock_};  // stopped before anything goes; the timers on it go before it does
  std::optional<daemon::ControlPlane> control_plane_;
};

TEST_F(ControlPlaneTest, RequestsThatFailTakeAnEndpointDownAndTheNextProbeComesSoon) {
  const FakeUpstream upstream({"m"}, {{chat, json(200, "{}")}});
  start({upstream.url()}, never);
  ASSERT_TRUE(becomes(Health::up));
  fault();
  EXPECT_EQ(snapshot()->endpoints[0].health, Health::up);
  fault();
  EXPECT_TRUE(becomes(Health::down));
  EXPECT_TRUE(becomes(Health::up));

  const auto history = store_->health_changes("e1", 10);
  ASSERT_THAT(history, SizeIs(3));
  EXPECT_EQ(history[2].from, Health::unknown);
  EXPECT_EQ(history[1].to, Health::down);
  EXPECT_EQ(history[1].detail, "the last requests to it failed; it is probed again at once");
  EXPECT_EQ(history[0].to, Health::up);
}

TEST_F(ControlPlaneTest, AnAnswerEndsARowOfFailures) {
  const FakeUpstream upstream({"m"}, {{chat, json(200, "{}")}});
  start({upstream.url()}, never);
  ASSERT_TRUE(becomes(Health::up));
  fault();
  there([](auto& control_plane) { control_plane.success("e1"); });
  fault();
  there([](auto& control_plane) {
    control_plane.success("e1");
    control_plane.fault("stranger");
    control_plane.success("stranger");
  });
  EXPECT_THAT(store_->health_changes("e1", 10), SizeIs(1));
}

TEST_F(ControlPlaneTest, WhatFailsIsProbedSoonUntilItIsDown) {
  std::optional<FakeUpstream> upstream(std::in_place, std::vector<std::string>{"m"},
                                       FakeUpstream::Routes{{chat, json(200, "{}")}});
  start({upstream->url()}, never, 3);
  ASSERT_TRUE(becomes(Health::up));
  upstream.reset();
  // Two failed probes follow, though the interval is long.
  fault();
  EXPECT_TRUE(becomes(Health::down));
  EXPECT_THAT(snapshot()->endpoints[0].learned->detail, testing::HasSubstr("nothing listens"));
}

TEST_F(ControlPlaneTest, WhatComesBackIsExaminedInFull) {
  std::optional<FakeUpstream> upstream(std::in_place, std::vector<std::string>{"m"},
                                       FakeUpstream::Routes{{chat, json(200, "{}")}});
  start({upstream->url()}, often);
  ASSERT_TRUE(becomes(Health::up));
  EXPECT_EQ(snapshot()->endpoints[0].learned->routes[Api::embeddings].verdict, Verdict::no);
  const auto port = upstream->port();
  upstream.reset();
  ASSERT_TRUE(becomes(Health::down));
  // Of the same type, with the same models.
  upstream.emplace(std::vector<std::string>{"m"},
                   FakeUpstream::Routes{{chat, json(200, "{}")}, {embeddings, json(200, "{}")}},
                   demo::ScriptedServer::Options{.port = port});
  ASSERT_TRUE(becomes(Health::up));
  EXPECT_EQ(snapshot()->endpoints[0].learned->routes[Api::embeddings].verdict, Verdict::yes);
}

TEST_F(ControlPlaneTest, WhatIsDownIsProbedWhenSomebodyWantsIt) {
  std::optional<FakeUpstream> upstream(std::in_place, std::vector<std::string>{"m"},
                                       FakeUpstream::Routes{{chat, json(200, "{}")}});
  start({upstream->url()}, never);
  ASSERT_TRUE(becomes(Health::up));
  const auto port = upstream->port();
  upstream.reset();
  fault();
  ASSERT_TRUE(becomes(Health::down));
  ASSERT_THAT(snapshot()->endpoints[0].learned->detail, testing::HasSubstr("nothing listens"));
  // Nothing but this has it probed before the end of the test.
  upstream.emplace(std::vector<std::string>{"m"}, FakeUpstream::Routes{{chat, json(200, "{}")}},
                   demo::ScriptedServer::Options{.port = port});
  there([](auto& control_plane) {
    control_plane.want("stranger");
    control_plane.want("e1");
  });
  EXPECT_TRUE(becomes(Health::up));
}

TEST_F(ControlPlaneTest, LearnsAtOnceAndOnlyOnce) {
  const FakeUpstream upstream({"m"}, {{chat, json(200, "{}")}});
  start({upstream.url()}, never);
  ASSERT_TRUE(becomes(Health::up));
  const registry::Lesson gone{"e1", "m", Api::chat_completions, Verdict::no, "POST: 404", true};
  there([&](auto& control_plane) { control_plane.learn(gone); });
  ASSERT_TRUE(publishes([](const auto& it) { return it.find("m")->candidates[Api::chat_completions].empty(); }));
  const auto number = snapshot()->number;
  const auto kept = store_->learned(endpoints_).at("e1").routes[Api::chat_completions];
  EXPECT_EQ(kept.verdict, Verdict::no);
  EXPECT_EQ(kept.how, Provenance::observed);

  // What it knows already makes no snapshot: the next one is that of the next news.
  registry::Lesson more = gone;
  more.api = Api::responses;
  more.verdict = Verdict::yes;
  there([&](auto& control_plane) {
    control_plane.learn(gone);
    control_plane.learn(more);
  });
  ASSERT_TRUE(publishes([](const auto& it) { return !it.find("m")->candidates[Api::responses].empty(); }));
  EXPECT_EQ(snapshot()->number, number + 1);
}

TEST_F(ControlPlaneTest, PublishesWhatIsInMemoryAndDoesNotWriteIt) {
  std::atomic<bool> loaded = false;
  const FakeUpstream upstream({}, {{listing, json(200, R"({"data":[{"id":"m","owned_by":"library"}]})")},
                                   {"GET /", bytes("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\nOllama is running")},
                                   {"GET /api/version", json(200, R"({"version":"0.13.5"})")},
                                   {"GET /api/ps",
                                    [&](Conversation& conversation) -> boost::asio::awaitable<void> {
                                      const auto script =
                                          json(200, loaded ? R"({"models":[{"name":"m"}]})" : R"({"models":[]})");
                                      co_await script(conversation);
                                    }},
                                   {chat, json(200, "{}")}});
  start({upstream.url()}, often);
  const auto must_load = [](const registry::Snapshot& it) {
    const auto* model = it.find("m");
    return model != nullptr && !model->candidates[Api::chat_completions].empty() &&
           model->candidates[Api::chat_completions][0].must_load;
  };
  ASSERT_TRUE(publishes(must_load));
  const auto written = store_->learned(endpoints_).at("e1").probed_at;
  loaded = true;
  ASSERT_TRUE(publishes([&](const auto& it) { return !must_load(it); }));
  EXPECT_EQ(store_->learned(endpoints_).at("e1").probed_at, written);
}

// Lists the model only once it is told to.
class Growing {
 public:
  Growing()
      : upstream_({}, {{listing,
                        [this](Conversation& conversation) -> boost::asio::awaitable<void> {
                          const auto script = json(200, grown ? list_of_m : R"({"object":"list","data":[]})");
                          co_await script(conversation);
                        }},
                       {chat, json(200, "{}")}}) {}

  std::string url() const { return upstream_.url(); }
  std::atomic<bool> grown = false;

 private:
  FakeUpstream upstream_;
};

TEST_F(ControlPlaneTest, ARefreshPublishesAModelThatIsNew) {
  Growing one, other;
  start({one.url(), other.url()}, never);
  ASSERT_TRUE(becomes(Health::up));
  ASSERT_TRUE(becomes(Health::up, 1));
  other.grown = true;
  const auto first = refresh();
  const auto joined = refresh();
  ASSERT_TRUE(is_ready(first));
  EXPECT_NE(snapshot()->find("m"), nullptr) << "published before it is done";
  EXPECT_TRUE(is_ready(joined));

  one.grown = true;
  const auto too_soon = refresh();
  EXPECT_TRUE(is_ready(too_soon, 0ms));
  EXPECT_EQ(snapshot()->find("m")->endpoints.size(), 1u);
}

TEST_F(ControlPlaneTest, ARefreshDoesNotWaitLongForASilentEndpoint) {
  const FakeUpstream upstream({}, {{listing, silence()}});
  start({upstream.url()}, never);
  const auto before = clock_.monotonic();
  ASSERT_TRUE(is_ready(refresh()));
  EXPECT_GE(clock_.monotonic() - before, 1'900ms);
  EXPECT_LT(clock_.monotonic() - before, 4s);
}

TEST_F(ControlPlaneTest, ARefreshOfNothingIsDoneAtOnce) {
  start({}, never);
  EXPECT_TRUE(is_ready(refresh(), 0ms));
}

}  // namespace
}  // namespace pointsman::test
