#pragma once

#include "pointsman/net/worker.hpp"
#include "pointsman/ownership/archive.hpp"
#include "pointsman/store/store.hpp"

namespace pointsman::daemon {

// The store as the archive of owners. The store belongs to the control plane's worker, so everything is posted there.
// Outlives the data-plane workers; what is asked while the gateway stops is never answered.
class OwnerArchive final : public ownership::Archive {
 public:
  OwnerArchive(net::Worker& control_worker, store::Store& store) : control_worker_(control_worker), store_(store) {}

  void keep(const std::string& id, const ownership::Owner& owner, WallTime now) override {
    control_worker_.post([this, id, owner, now] { store_.keep_owner(id, owner, now); });
  }
  void find(const std::string& id, Done done) override {
    control_worker_.post([this, id, done = std::move(done)]() mutable { store_.find_owner(id, std::move(done)); });
  }

 private:
  net::Worker& control_worker_;
  store::Store& store_;
};

}  // namespace pointsman::daemon
