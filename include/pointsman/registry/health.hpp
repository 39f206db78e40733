#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pointsman::registry {

enum class Health : std::uint8_t {
  unknown,  // not looked at yet
  up,
  loading,  // it says that it is not ready yet
  busy,     // it says that it has too much to do
  auth,     // it refuses our key
  down,     // unreachable, or not an OpenAI-compatible server
};

inline constexpr std::size_t health_count = 6;

std::string_view name(Health health);
std::optional<Health> health_named(std::string_view name);

// How often an endpoint has to fail in a row to be taken for down, and to answer to be taken for up again.
struct Patience {
  std::uint32_t failures = 2;
  std::uint32_t successes = 1;
};

// The health of one endpoint, from what its probes find and what its requests meet. What a server says of itself holds
// at once; silence has to be repeated, because one lost packet is no death. No I/O and no clock; not thread-safe.
class EndpointHealth {
 public:
  // `before`: as an earlier run knew it.
  explicit EndpointHealth(Patience patience = {}, Health before = Health::unknown)
      : patience_(patience), health_(before) {}

  // From now on.
  void set_patience(Patience patience) { patience_ = patience; }

  Health now() const { return health_; }

  // A probe ended. The first one ever decides alone; unknown says that it was stopped, and changes nothing.
  void probed(Health found);

  // A request met no answer: one more failure in a row. False: it says nothing new, because the endpoint is not taken
  // for usable anyway; requests that began earlier go on to fail.
  bool fault();

  // A request was answered, so the failures are no longer in a row. It takes a probe to come up: the request may have
  // begun long ago.
  void success() { failures_ = 0; }

  // It is going down or coming up, and the next probe decides.
  bool is_in_doubt() const { return health_ == Health::down ? successes_ > 0 : failures_ > 0; }

 private:
  void fail();

  Patience patience_;
  Health health_;
  std::uint32_t failures_ = 0;   // in a row
  std::uint32_t successes_ = 0;  // in a row, while it is down
};

}  // namespace pointsman::registry
