#include "pointsman/daemon/control_link.hpp"

#include <utility>

namespace pointsman::daemon {

void ControlLink::learned(registry::Lesson lesson) {
  control_worker_.post([this, lesson = std::move(lesson)] { control_plane_.learn(lesson); });
}

void ControlLink::unreachable(const std::string& endpoint) {
  control_worker_.post([this, endpoint] { control_plane_.fault(endpoint); });
}

void ControlLink::reached(const std::string& endpoint) {
  control_worker_.post([this, endpoint] { control_plane_.success(endpoint); });
}

void ControlLink::wanted(const std::string& endpoint) {
  control_worker_.post([this, endpoint] { control_plane_.want(endpoint); });
}

void ControlLink::passed_over(const std::string& endpoint, const std::string& model) {
  control_worker_.post([this, endpoint, model] { control_plane_.say_passed_over(endpoint, model); });
}

void ControlLink::refresh_models(std::function<void()> done) {
  control_worker_.post([this, done = std::move(done)]() mutable {
    // The snapshot was posted to the worker before.
    control_plane_.refresh_models([this, done = std::move(done)]() mutable { worker_.post(std::move(done)); });
  });
}

}  // namespace pointsman::daemon
