#pragma once

#include <atomic>
#include <cstddef>

namespace pointsman::net {

// How many bytes all connections of the process together may hold. Shared by all workers; takes no lock.
class Budget {
 public:
  explicit Budget(std::size_t limit) : limit_(limit) {}

  // False: that would be more than the limit, and nothing was taken.
  bool take(std::size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit()) return true;
    give_back(bytes);
    return false;
  }
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_.load(std::memory_order_relaxed); }
  // What is held already stays, even if it is more.
  void set_limit(std::size_t limit) { limit_.store(limit, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> used_{0};
};

// What one owner has taken of a budget; given back when it is destroyed.
class BudgetShare {
 public:
  explicit BudgetShare(Budget& budget) : budget_(budget) {}
  ~BudgetShare() { release(); }
  BudgetShare(const BudgetShare&) = delete;
  BudgetShare& operator=(const BudgetShare&) = delete;

  // Takes what is missing to `bytes`. False: the budget does not allow it.
  bool grow_to(std::size_t bytes) {
    if (bytes <= taken_) return true;
    if (!budget_.take(bytes - taken_)) return false;
    taken_ = bytes;
    return true;
  }
  void release() {
    if (taken_ > 0) budget_.give_back(taken_);
    taken_ = 0;
  }

 private:
  Budget& budget_;
  std::size_t taken_ = 0;
};

}  // namespace pointsman::net
