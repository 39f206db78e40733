#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "pointsman/base/clock.hpp"

namespace pointsman::test {

// Clients that ask all the time, as HTTP clients do: a request that was sent must be answered, with 200 and whole. One
// that asks again soon trusts that its connection is there; one that comes later looks first, and connects anew where
// it has ended. They stop when this object does.
class Load {
 public:
  struct Clients {
    int busy = 2;      // ask again at once, on the same connection
    int thinking = 2;  // pause between two requests
    int fresh = 2;     // on a new connection each time
  };

  Load(std::uint16_t port, std::string request, Clients clients);
  ~Load() { stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void stop();
  std::size_t answered() const { return answered_; }
  // What went wrong, in words; after stop().
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  struct Habit {
    bool keeps_connection;
    Milliseconds pause;
  };
  void ask_on(Habit habit, std::vector<std::string>& failures);

  const std::uint16_t port_;
  const std::string request_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> answered_ = 0;
  std::vector<std::vector<std::string>> failures_of_;
  std::vector<std::string> failures_;
  std::vector<std::thread> threads_;
};

}  // namespace pointsman::test
