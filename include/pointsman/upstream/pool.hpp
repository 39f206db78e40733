#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pointsman/net/stream.hpp"
#include "pointsman/registry/snapshot.hpp"
#include "pointsman/upstream/idle_limit.hpp"

namespace pointsman::upstream {

// A connection to an endpoint, and what came on it that has not been used yet.
struct Connection {
  explicit Connection(std::unique_ptr<net::Stream> connected) : stream(std::move(connected)) {}

  std::unique_ptr<net::Stream> stream;
  net::Buffer in;
  bool reused = false;  // it has carried a request before
  MonotonicTime idle_since{};
};

// The idle connections of one worker, by the place they lead to (SnapshotEndpoint::place). How long one may have been
// idle is learned of each place; one on which anything came meanwhile is never used again.
class Pool final : private net::Deadline {
 public:
  static constexpr Milliseconds look_interval{1'000};
  static constexpr std::size_t most_idle = 256;  // for each place

  explicit Pool(net::Worker& worker);
  ~Pool() override;

  // The one that was used last, if it is still fit; nullptr: dial.
  std::unique_ptr<Connection> take(const std::string& place);
  void give_back(const std::string& place, std::unique_ptr<Connection> connection);
  std::size_t idle(const std::string& place) const;

 private:
  struct Place {
    std::vector<std::unique_ptr<Connection>> idle;  // in the order in which they were given back
    IdleLimit limit;
  };
  void expired() override;

  net::Worker& worker_;
  std::unordered_map<std::string, Place, registry::TransparentHash, std::equal_to<>> places_;
};

}  // namespace pointsman::upstream
