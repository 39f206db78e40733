#pragma once

#include <memory>
#include <utility>

namespace pointsman {

// An optional value that mostly is not there: then it takes a pointer only, and memory of its own when it is. For what
// lives as long as a stream.
template <class T>
class Seldom {
 public:
  Seldom() = default;
  Seldom(T value) : value_(std::make_unique<T>(std::move(value))) {}  // as std::optional takes it

  explicit operator bool() const { return value_ != nullptr; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }
  void reset() { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace pointsman
