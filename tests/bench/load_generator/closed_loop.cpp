#include <array>
#include <optional>
#include <vector>

#include "client.hpp"
#include "loads.hpp"
#include "wire/readiness.hpp"

namespace pointsman::bench {
namespace {

class ClosedLoop {
 public:
  ClosedLoop(const Plan& plan, Record& record) : plan_(plan), record_(record), lanes_(plan.connections) {}

  void run() {
    for (std::size_t number = 0; number < lanes_.size(); ++number) start(number);
    while (record_.goes_on(monotonic_now()) && answered_ < plan_.requests) {
      for (const auto& event : readiness_.wait(record_.end())) receive(event.data.u64);
    }
    const bool by_number = plan_.requests != Plan().requests;
    if (by_number && answered_ < plan_.requests) record_.failed("time was up before the requests were answered");
  }

 private:
  struct Lane {
    std::optional<Client> client;
    std::int64_t sent = 0;
  };

  void start(std::size_t number) {
    auto& client = lanes_[number].client.emplace(plan_, number);
    readiness_.add(client.descriptor(), EPOLLIN, number);
    send(number);
  }

  void send(std::size_t number) {
    if (sent_ == plan_.requests) return;
    ++sent_;
    lanes_[number].sent = monotonic_now();
    if (!lanes_[number].client->send()) restart(number);
  }

  void restart(std::size_t number) {
    record_.failed(lanes_[number].client->failure());
    ++answered_;
    start(number);
  }

  void receive(std::size_t number) {
    auto& lane = lanes_[number];
    const auto outcome = lane.client->receive(room_);
    if (outcome == Client::Outcome::waiting) return;
    if (outcome == Client::Outcome::failed) return restart(number);
    ++answered_;
    const auto now = monotonic_now();
    if (record_.counts(now)) record_.done(now - lane.sent);
    send(number);
  }

  const Plan& plan_;
  Record& record_;
  Readiness readiness_;
  std::vector<Lane> lanes_;
  std::array<char, 64 * 1024> room_{};
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace

void closed_loop(const Plan& plan, Record& record) { ClosedLoop(plan, record).run(); }

}  // namespace pointsman::bench
