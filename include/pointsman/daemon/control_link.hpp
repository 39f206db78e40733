#pragma once

#include <functional>
#include <string>

#include "pointsman/daemon/control_plane.hpp"
#include "pointsman/net/worker.hpp"
#include "pointsman/proxy/feedback.hpp"

namespace pointsman::daemon {

// The way from a data-plane worker to the control plane: everything is posted, so that no request waits for it. One per
// worker; control plane and workers outlive every request.
class ControlLink final : public proxy::Feedback {
 public:
  ControlLink(net::Worker& worker, net::Worker& control_worker, ControlPlane& control_plane)
      : worker_(worker), control_worker_(control_worker), control_plane_(control_plane) {}

  void learned(registry::Lesson lesson) override;
  void unreachable(const std::string& endpoint) override;
  void reached(const std::string& endpoint) override;
  void wanted(const std::string& endpoint) override;
  void passed_over(const std::string& endpoint, const std::string& model) override;
  void refresh_models(std::function<void()> done) override;

 private:
  net::Worker& worker_;
  net::Worker& control_worker_;
  ControlPlane& control_plane_;
};

}  // namespace pointsman::daemon
