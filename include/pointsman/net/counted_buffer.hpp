#pragma once

#include "pointsman/net/budget.hpp"
#include "pointsman/net/buffer.hpp"

namespace pointsman::net {

// A buffer whose room is taken of a budget, for as long as it is there.
class CountedBuffer {
 public:
  explicit CountedBuffer(Budget& budget) : share_(budget) {}

  // Room for `capacity` bytes in all. False: the budget does not allow it.
  bool reserve(std::size_t capacity) {
    if (!share_.grow_to(capacity)) return false;
    bytes_.reserve(capacity);
    return true;
  }
  Buffer& bytes() { return bytes_; }

  // Gives the memory back.
  void release() {
    bytes_.release();
    share_.release();
  }

 private:
  Buffer bytes_;
  BudgetShare share_;
};

}  // namespace pointsman::net
