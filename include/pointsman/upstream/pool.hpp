#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pointsman/net/stream.hpp"
#include "pointsman/registry/snapshot.hpp"
#include "pointsman/upstream/idle_limit.hpp"

namespace pointsman::upstream {

// Counts a connection at the endpoint that it was opened for, for as long as it is there.
class ConnectionCount {
 public:
  ConnectionCount() = default;  // at none
  explicit ConnectionCount(std::shared_ptr<registry::EndpointLoad> load) : load_(std::move(load)) {
    if (load_) load_->connections.fetch_add(1, std::memory_order_relaxed);
  }
  ConnectionCount(ConnectionCount&&) = default;
  ConnectionCount& operator=(ConnectionCount&& other) noexcept {
    std::swap(load_, other.load_);
    std::swap(idle_, other.idle_);
    return *this;
  }
  ~ConnectionCount() {
    set_idle(false);
    if (load_) load_->connections.fetch_sub(1, std::memory_order_relaxed);
  }

  void set_idle(bool idle) {
    if (!load_ || idle_ == idle) return;
    idle_ = idle;
    auto& idles = load_->idle_connections;
    idle ? idles.fetch_add(1, std::memory_order_relaxed) : idles.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::shared_ptr<registry::EndpointLoad> load_;
  bool idle_ = false;
};

// A connection to an endpoint, and what came on it that has not been used yet.
struct Connection {
  explicit Connection(std::unique_ptr<net::Stream> connected) : stream(std::move(connected)) {}

  std::unique_ptr<net::Stream> stream;
  net::Buffer in;
  bool reused = false;  // it has carried a request before
  MonotonicTime idle_since{};
  ConnectionCount count{};
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
