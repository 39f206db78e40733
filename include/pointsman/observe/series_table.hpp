#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace pointsman::observe {

// Counted values by number, made when a number is first asked for and kept from then on. One thread makes and finds
// them, without a lock; any other may look through them meanwhile. Bounded: where it is full, nothing new is made.
template <class Value>
class SeriesTable {
 public:
  explicit SeriesTable(std::size_t most) : most_(most) {}
  ~SeriesTable() {
    for (const Node* each = newest_.load(); each != nullptr;) {
      const Node* const older = each->older;
      delete each;
      each = older;
    }
  }
  SeriesTable(const SeriesTable&) = delete;
  SeriesTable& operator=(const SeriesTable&) = delete;

  // For the thread that counts. nullptr: it is full.
  Value* at(std::uint64_t number) {
    // Whoever asks mostly asks for the same as before.
    if (last_ != nullptr && last_->number == number) return &last_->value;
    const auto found = by_number_.find(number);
    if (found == by_number_.end() && by_number_.size() == most_) return nullptr;
    last_ = found == by_number_.end() ? make(number) : found->second;
    return &last_->value;
  }

  // For any thread; what is made meanwhile may be missing.
  template <class Action>
  void for_each(const Action& action) const {
    for (const Node* each = newest_.load(std::memory_order_acquire); each != nullptr; each = each->older) {
      action(each->number, each->value);
    }
  }

  std::size_t most() const { return most_; }

 private:
  struct Node {
    std::uint64_t number = 0;
    const Node* older = nullptr;
    Value value{};
  };

  Node* make(std::uint64_t number) {
    auto* const made = new Node();
    made->number = number;
    made->older = newest_.load(std::memory_order_relaxed);
    by_number_.emplace(number, made);
    newest_.store(made, std::memory_order_release);
    return made;
  }

  const std::size_t most_;
  std::unordered_map<std::uint64_t, Node*> by_number_;
  Node* last_ = nullptr;
  std::atomic<const Node*> newest_{nullptr};
};

}  // namespace pointsman::observe
