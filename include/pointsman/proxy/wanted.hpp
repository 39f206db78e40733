#pragma once

#include <map>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"

namespace pointsman::proxy {

// Of which endpoints that are down it was said lately that somebody wants them: of each at most once in a while,
// however many requests it could not serve. Remembers no more than that while. No I/O and no clock; not thread-safe.
class Wanted {
 public:
  static constexpr Milliseconds at_most_every{2'000};

  // True: it is to be said now.
  bool ask(std::string_view endpoint, MonotonicTime now);

 private:
  std::map<std::string, MonotonicTime, std::less<>> said_;
};

}  // namespace pointsman::proxy
