#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pointsman::proxy {

// What a client that may ask is told of its request (x-pointsman-debug): how it was routed, in words, and how long it
// took here. There is none for a request that does not ask. Whoever answers the request owns it; used by one thread.
class Decision {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::size_t longest = 1024;  // of the words, in bytes

  // `began`: when there was something to do for the request.
  explicit Decision(Time began) : began_(began) {}

  // What came next. What is too long is cut.
  void add(std::string_view words);

  // For others: the client's bytes, a place at an endpoint, an endpoint's answer.
  void waits_from(Time from) { waits_from_ = from; }
  void waits_until(Time until);  // nothing if it does not wait

  // All but the waiting.
  std::chrono::microseconds overhead(Time now) const;

  // The fields of an answer whose head leaves now, each ending in CRLF.
  std::string fields(Time now) const;

  // While this lives and has not ended, the request waits for others. `decision` may be nullptr.
  class Wait {
   public:
    explicit Wait(Decision* decision) : decision_(decision) {
      if (decision_ != nullptr) decision_->waits_from(std::chrono::steady_clock::now());
    }
    ~Wait() {
      if (decision_ != nullptr) decision_->waits_until(std::chrono::steady_clock::now());
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    void end(Time at) {
      if (decision_ != nullptr) decision_->waits_until(at);
      decision_ = nullptr;
    }

   private:
    Decision* decision_;
  };

 private:
  Time began_;
  std::optional<Time> waits_from_;
  Time::duration waited_{};
  std::string words_;
  bool is_cut_ = false;
};

}  // namespace pointsman::proxy
