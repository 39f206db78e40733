#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pointsman/config/settings.hpp"
#include "pointsman/registry/learned.hpp"
#include "pointsman/registry/snapshot.hpp"

namespace pointsman::registry {

// The loads of an endpoint's models by their names there, handed on from snapshot to snapshot.
using ModelLoads = std::map<std::string, std::shared_ptr<ModelLoad>, std::less<>>;

// Puts one snapshot together. Endpoints are added in the order of the configuration; what they offer is merged by the
// names that clients use. Keeps views into what it is given until finish(). For one thread and one snapshot.
class SnapshotBuilder {
 public:
  void add(const config::Endpoint& endpoint, const LearnedPtr& learned,
           const std::vector<boost::asio::generic::stream_protocol::endpoint>& addresses,
           std::shared_ptr<EndpointLoad> load, ModelLoads& model_loads,
           std::optional<net::TlsClient> tls = std::nullopt);

  Snapshot finish(std::shared_ptr<const Rules> rules = std::make_shared<Rules>());

 private:
  struct Offer;
  static std::vector<Offer> offers(const config::Endpoint& endpoint, const Learned& learned);
  void count_loads(std::vector<Offer>& offers, ModelLoads& loads);
  void merge(const Offer& offer, const config::Endpoint& endpoint, const Learned& learned);

  Snapshot snapshot_;
  std::vector<SnapshotModel> merged_;  // in the order in which their names were first seen
  std::unordered_map<std::string_view, std::uint32_t> merged_by_name_;
};

}  // namespace pointsman::registry
