#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "client.hpp"
#include "loads.hpp"
#include "wire/readiness.hpp"

namespace pointsman::bench {
namespace {

constexpr std::int64_t grace = 1'000'000'000;  // for the answers that are missing at the end

// When requests arrive from clients that know nothing of each other: a Poisson process, the same for every target.
class Arrivals {
 public:
  Arrivals(double rate, std::int64_t begin) : gap_(rate / 1e9), next_(begin) { advance(); }

  std::int64_t next() const { return next_; }
  void advance() { next_ += static_cast<std::int64_t>(gap_(random_)); }

 private:
  std::mt19937_64 random_{1};  // NOLINT(cert-msc51-cpp): repeatable on purpose
  std::exponential_distribution<> gap_;
  std::int64_t next_;
};

class OpenLoop {
 public:
  OpenLoop(const Plan& plan, Record& record)
      : plan_(plan), record_(record), arrivals_(plan.rate, monotonic_now()), lanes_(plan.connections) {}

  void run() {
    for (std::size_t number = 0; number < lanes_.size(); ++number) connect(number);
    while (record_.goes_on(monotonic_now())) {
      receive(std::min(arrivals_.next(), record_.end()));
      for (; arrivals_.next() <= monotonic_now(); arrivals_.advance()) due_.push_back(arrivals_.next());
      send_due();
    }
    while (idle_.size() < lanes_.size() && monotonic_now() < record_.end() + grace) {
      receive(record_.end() + grace);
      send_due();
    }
    if (idle_.size() < lanes_.size()) record_.failed("answers were missing at the end");
  }

 private:
  struct Lane {
    std::optional<Client> client;
    std::int64_t due = 0;
  };

  void connect(std::size_t number) {
    auto& client = lanes_[number].client.emplace(plan_, number);
    readiness_.add(client.descriptor(), EPOLLIN, number);
    idle_.push_back(number);
  }

  void send_due() {
    while (!due_.empty() && !idle_.empty()) {
      const auto number = idle_.front();
      idle_.pop_front();
      lanes_[number].due = due_.front();
      due_.pop_front();
      if (!lanes_[number].client->send()) reconnect(number);
    }
  }

  void reconnect(std::size_t number) {
    record_.failed(lanes_[number].client->failure());
    connect(number);
  }

  void receive(std::int64_t deadline) {
    for (const auto& event : readiness_.wait(deadline)) {
      const auto number = event.data.u64;
      const auto outcome = lanes_[number].client->receive(room_);
      if (outcome == Client::Outcome::waiting) continue;
      if (outcome == Client::Outcome::failed) {
        reconnect(number);
        continue;
      }
      if (record_.counts(lanes_[number].due)) record_.done(monotonic_now() - lanes_[number].due);
      idle_.push_back(number);
    }
  }

  const Plan& plan_;
  Record& record_;
  Arrivals arrivals_;
  Readiness readiness_;
  std::vector<Lane> lanes_;
  std::deque<std::size_t> idle_;
  std::deque<std::int64_t> due_;  // what no connection was free for
  std::array<char, 64 * 1024> room_{};
};

}  // namespace

void open_loop(const Plan& plan, Record& record) { OpenLoop(plan, record).run(); }

}  // namespace pointsman::bench
