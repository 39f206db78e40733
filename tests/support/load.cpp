#include "support/load.hpp"

#include <chrono>
#include <exception>
#include <memory>

#include "support/raw_client.hpp"

namespace pointsman::test {
namespace {

// Longer than the gateway takes to notice that it is to stop.
constexpr Milliseconds thought{150};
// For so long after an answer a connection is there, whatever the gateway does (http::Handler::last_call), unless the
// answer said otherwise.
constexpr Milliseconds trusted{500};

}  // namespace

Load::Load(std::uint16_t port, std::string request, Clients clients) : port_(port), request_(std::move(request)) {
  std::vector<Habit> habits(static_cast<std::size_t>(clients.busy), Habit{true, Milliseconds(0)});
  habits.insert(habits.end(), static_cast<std::size_t>(clients.thinking), Habit{true, thought});
  habits.insert(habits.end(), static_cast<std::size_t>(clients.fresh), Habit{false, Milliseconds(0)});
  failures_of_.resize(habits.size());
  for (std::size_t i = 0; i < habits.size(); ++i) {
    threads_.emplace_back([this, habit = habits[i], &failures = failures_of_[i]] { ask_on(habit, failures); });
  }
}

void Load::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  for (auto& each : failures_of_) failures_.insert(failures_.end(), each.begin(), each.end());
  failures_of_.clear();
}

void Load::ask_on(Habit habit, std::vector<std::string>& failures) {
  std::unique_ptr<RawClient> client;
  auto answered_at = std::chrono::steady_clock::now();
  while (!stopping_) {
    const bool is_trusted = std::chrono::steady_clock::now() - answered_at < trusted;
    if (client && !is_trusted && client->has_ended()) client.reset();
    const bool is_new = !client;
    try {
      if (is_new) client = std::make_unique<RawClient>(port_, Milliseconds(30'000));
      client->send(request_);
      const auto response = client->read_response();
      answered_at = std::chrono::steady_clock::now();
      const bool fine = response.complete && response.status() == 200;
      if (fine) ++answered_;
      if (!fine) failures.push_back((is_new ? "new: " : "kept: ") + response.fault + " " + response.raw);
      if (!fine || !habit.keeps_connection || response.field("Connection") == "close") client.reset();
    } catch (const std::exception& error) {
      failures.push_back((is_new ? "new: " : "kept: ") + std::string(error.what()));
      client.reset();
    }
    // How long a user thinks, and no wait for anything.
    if (habit.pause.count() > 0) std::this_thread::sleep_for(habit.pause);
  }
}

}  // namespace pointsman::test
