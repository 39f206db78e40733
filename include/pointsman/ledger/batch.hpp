#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "pointsman/observe/access_log.hpp"

namespace pointsman::ledger {

// Requests that ended, one behind the other as plain bytes: cheap to add to, because nothing is allocated for each. Of
// what clients send only the model's name is kept, and the beginning of one that is longer than a configuration may
// name. A plain value; not safe from several threads.
class Batch {
 public:
  void add(const observe::AccessRecord& record);
  // So that it need not be copied while it grows.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  std::size_t bytes() const { return bytes_.size(); }

  // Calls it with each record, in order. Their views hold for as long as the batch is not changed.
  template <class Function>
  void for_each(const Function& function) const {
    std::string_view rest = bytes_;
    while (!rest.empty()) function(first(rest));
  }

 private:
  static observe::AccessRecord first(std::string_view& bytes);

  std::string bytes_;
  std::size_t count_ = 0;
};

}  // namespace pointsman::ledger
