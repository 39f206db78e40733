#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pointsman/access/budget.hpp"
#include "pointsman/access/rolling_minute.hpp"
#include "pointsman/base/clock.hpp"
#include "pointsman/config/key.hpp"

namespace pointsman::access {

enum class Limit : std::uint8_t {
  requests_per_minute,
  tokens_per_minute,
  concurrent,
  tokens_per_day,
  tokens_per_month
};
inline constexpr std::size_t limit_count = 5;

std::string_view name(Limit limit);  // as the file calls it: rpm, tpm, concurrent, day, month

// Both clocks, looked at once.
struct Moment {
  explicit Moment(const Clock& clock) : monotonic(clock.monotonic()), wall(clock.wall()) {}
  MonotonicTime monotonic;
  WallTime wall;
};

// What a request wants to take.
struct Demand {
  std::string_view model = {};  // empty: it names none, and only what holds for every model is asked
  std::uint64_t requests = 1;
  std::uint64_t tokens = 0;  // as estimated
  bool takes_place = true;   // among the concurrent ones; false: it has one already
};

// Why a request may not be made now.
struct Denial {
  Limit limit;
  std::uint64_t amount;  // of the limit
  std::string models;    // the glob that the limit belongs to; empty: to the whole key
  Milliseconds wait;     // until it may be tried again, as far as one can say; at least a millisecond
};

// One limit as it stands.
struct LimitState {
  Limit limit;
  std::uint64_t amount;
  std::string models;  // the glob that it belongs to; empty: to the whole key
  std::uint64_t taken;
  Milliseconds wait;  // until more may be taken, as far as one can say; zero: it may
};

// What is left of the limits of a minute, where there are any: of several the one of which the least is left.
struct Standing {
  struct Amount {
    std::uint64_t limit;
    std::uint64_t remaining;
    Milliseconds reset;  // until all of it is there again
  };
  std::optional<Amount> requests;
  std::optional<Amount> tokens;
};

class Quota;

// What a request took: a place among the concurrent ones until this is destroyed or given back, and tokens as
// estimated, which remain taken unless they are settled. Used by one thread.
class Allowance {
 public:
  Allowance() = default;
  Allowance(Allowance&& other) noexcept
      : quota_(std::move(other.quota_)),
        meters_(std::move(other.meters_)),
        has_place_(std::exchange(other.has_place_, false)),
        tokens_(other.tokens_),
        taken_at_(other.taken_at_),
        taken_on_(other.taken_on_) {}
  Allowance& operator=(Allowance&& other) noexcept {
    std::swap(quota_, other.quota_);
    std::swap(meters_, other.meters_);
    std::swap(has_place_, other.has_place_);
    std::swap(tokens_, other.tokens_);
    std::swap(taken_at_, other.taken_at_);
    std::swap(taken_on_, other.taken_on_);
    return *this;
  }
  ~Allowance() { give_back(); }

  // The request took so many tokens in truth. At most once; also when the place was given back.
  void settle(std::uint64_t spent, const Moment& now);
  // It took so many tokens more, which nobody had estimated. As often as that happens.
  void spend(std::uint64_t tokens, const Moment& now);
  // The place.
  void give_back();

 private:
  friend class Quota;
  struct Meter;

  std::shared_ptr<Quota> quota_;
  std::vector<std::shared_ptr<Meter>> meters_;  // guarded by the quota's mutex
  bool has_place_ = false;
  std::uint64_t tokens_ = 0;
  MonotonicTime taken_at_{};
  WallTime taken_on_{};
};

// What one key took of its limits, over all workers and all of its secrets. Exact: whatever the interleaving, no more
// is taken than is allowed, and a request that is denied by one limit takes nothing of any. Safe from every thread: one
// mutex for each key, held for no I/O. Keys without limits have none of these.
class Quota : public std::enable_shared_from_this<Quota> {
 public:
  // What was spent in the day and the month at hand until now.
  struct Spent {
    std::uint64_t day = 0;
    std::uint64_t month = 0;
  };

  Quota();
  ~Quota();

  // The limits from now on; what was taken stays taken. `spent` is for budgets that were none until now.
  void use(const config::KeyLimits& limits, const Spent& spent, WallTime now);

  // Asks all limits, and takes of all of them if they all allow it: then `allowance`, an empty one, holds it. Otherwise
  // the one for which to wait longest. `standing` is what is left after that.
  std::optional<Denial> take(const Demand& demand, const Moment& now, Allowance& allowance, Standing& standing);

  // All of them, for people who ask.
  std::vector<LimitState> states(const Moment& now);

  // For tests.
  std::uint64_t running();

 private:
  friend class Allowance;
  using Meter = Allowance::Meter;

  std::vector<std::shared_ptr<Meter>> meters_for(std::string_view model) const;

  std::mutex mutex_;
  std::vector<std::shared_ptr<Meter>> meters_;  // the first is of the whole key
  Budget day_{Budget::Period::day};
  Budget month_{Budget::Period::month};
};

}  // namespace pointsman::access
