#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pointsman/payload/request_fields.hpp"

namespace pointsman::fuzz {

// A body with what must be readable behind it, and not a byte more.
class Padded {
 public:
  explicit Padded(std::string_view text, char fill = '\0') : bytes_(text.begin(), text.end()), size_(text.size()) {
    bytes_.resize(size_ + payload::padding, fill);
    bytes_.shrink_to_fit();
  }

  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::vector<char> bytes_;
  std::size_t size_;
};

}  // namespace pointsman::fuzz
