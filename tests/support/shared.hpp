#pragma once

#include <mutex>
#include <utility>

namespace pointsman::test {

// A value that a test changes while the thread of its upstream looks at it.
template <class T>
class Shared {
 public:
  void set(T value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
  }
  T get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace pointsman::test
