#include "pointsman/traces/exporter.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <stdexcept>

namespace pointsman::traces {
namespace {

// Each look at it is a minute later; the first at the date fails.
class FailingClock final : public Clock {
 public:
  MonotonicTime monotonic() const override { return MonotonicTime(std::chrono::minutes(++looks_)); }
  WallTime wall() const override {
    if (!has_failed_.exchange(true)) throw std::runtime_error("no date today");
    return WallTime(std::chrono::minutes(looks_));
  }

 private:
  mutable std::atomic<std::int64_t> looks_{0};
  mutable std::atomic<bool> has_failed_{false};
};

struct Nowhere {
  ~Nowhere() { ::close(descriptor); }
  const int descriptor = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
};

class ExporterTest : public testing::Test {
 protected:
  const Nowhere nowhere_;  // the thread of the log writes to it until the log is gone
  observe::Log log_{{.descriptor = nowhere_.descriptor}};
  Backlog backlog_;
};

TEST_F(ExporterTest, GoesOnAfterAFaultOfItsOwn) {
  config::Traces settings;
  settings.collector = *config::parse_url("http://127.0.0.1:1");  // nothing listens there
  const FailingClock clock;
  const auto exporter = Exporter::create(settings, backlog_, clock, log_);
  ASSERT_TRUE(exporter);
  backlog_.add(std::vector<Span>(1));
  const SystemClock steady;
  net::Worker worker(0, steady);
  std::promise<void> failed_again;
  bool is_told = false;
  worker.every_tick([&] {
    if ((*exporter)->failures() == 1 && backlog_.size() == 0) backlog_.add(std::vector<Span>(1));
    if ((*exporter)->failures() >= 2 && !std::exchange(is_told, true)) failed_again.set_value();
    (*exporter)->tick(worker);
  });
  worker.start();
  EXPECT_EQ(failed_again.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  worker.stop();
  EXPECT_EQ((*exporter)->dropped(), 1u) << "what was at hand";
}

}  // namespace
}  // namespace pointsman::traces
