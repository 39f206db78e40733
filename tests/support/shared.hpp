#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace pointsman::test {

// A value that a test and the thread of its upstream share. A copy is the same value: a script that has one may run on
// when the test that made it has returned, since probes and connections that end go on until its fixture is gone.
template <class T>
class Shared {
 public:
  explicit Shared(T value = {}) : state_(std::make_shared<State>()) { state_->value = std::move(value); }

  void set(T value) const {
    const std::lock_guard lock(state_->mutex);
    state_->value = std::move(value);
  }
  T get() const {
    const std::lock_guard lock(state_->mutex);
    return state_->value;
  }

 private:
  struct State {
    std::mutex mutex;
    T value{};
  };
  std::shared_ptr<State> state_;
};

}  // namespace pointsman::test
