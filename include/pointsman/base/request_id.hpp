#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "pointsman/base/random_words.hpp"

namespace pointsman {

// Makes the values of x-request-id: "req_" and 32 hexadecimal digits, unique over workers and restarts, but not
// secret. One per worker; not safe from several threads.
class RequestIds {
 public:
  RequestIds();

  class Id {
   public:
    std::string_view text() const { return {text_.data(), text_.size()}; }

   private:
    friend class RequestIds;
    std::array<char, 36> text_{};
  };

  Id next();

 private:
  std::uint64_t origin_;
  RandomWords words_;
};

}  // namespace pointsman
