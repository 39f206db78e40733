#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pointsman/net/stream.hpp"
#include "pointsman/registry/snapshot.hpp"

namespace pointsman::upstream {

// A connection to an endpoint, and what came on it that has not been used yet.
struct Connection {
  explicit Connection(std::unique_ptr<net::Stream> connected) : stream(std::move(connected)) {}

  std::unique_ptr<net::Stream> stream;
  net::Buffer in;
  bool reused = false;  // it has carried a request before
  MonotonicTime idle_since{};
};

// The idle connections of one worker, by the place they lead to (SnapshotEndpoint::place). Most servers close an idle
// connection after 5 s, so ours are given up after 4; one on which anything came while it was idle is never used again.
class Pool final : private net::Deadline {
 public:
  static constexpr Milliseconds idle_time{4'000};
  static constexpr std::size_t most_idle = 256;  // for each place

  explicit Pool(net::Worker& worker);
  ~Pool() override;

  // The one that was used last, if it is still fit; nullptr: dial.
  std::unique_ptr<Connection> take(const std::string& place);
  void give_back(const std::string& place, std::unique_ptr<Connection> connection);
  std::size_t idle(const std::string& place) const;

 private:
  using Idle = std::vector<std::unique_ptr<Connection>>;
  void expired() override;

  net::Worker& worker_;
  std::unordered_map<std::string, Idle, registry::TransparentHash, std::equal_to<>> idle_;
};

}  // namespace pointsman::upstream
