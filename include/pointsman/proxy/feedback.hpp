#pragma once

#include <functional>
#include <string>

#include "pointsman/registry/lesson.hpp"

namespace pointsman::proxy {

// What a worker tells the control plane of its requests. Safe from the worker's thread; nothing here waits.
class Feedback {
 public:
  virtual ~Feedback() = default;

  // A live answer showed whether an endpoint has an API.
  virtual void learned(registry::Lesson lesson) = 0;

  // An endpoint could not be connected to; and the first answer after that. What goes wrong later on may be the
  // request's own doing, and an endpoint that fails one request may be the only one that can serve the next.
  virtual void unreachable(const std::string& endpoint) = 0;
  virtual void reached(const std::string& endpoint) = 0;

  // A request could be sent nowhere, and this endpoint, which could serve it, is down: it is to be looked at again.
  virtual void wanted(const std::string& endpoint) = 0;

  // An endpoint failed so often in a row that it is passed over for a while, or one of its models; empty: all of them.
  virtual void passed_over(const std::string& endpoint, const std::string& model) = 0;

  // A model was asked for that nobody has: the endpoints are to be asked anew. `done` is called on the worker's thread
  // when the snapshot shows what they said; at once where they have been asked just now.
  virtual void refresh_models(std::function<void()> done) = 0;
};

}  // namespace pointsman::proxy
