#pragma once

#include <string_view>

namespace pointsman::proxy {

// Which models the client of a request may use, for where another one stands in for the one that it names.
class Permission {
 public:
  virtual bool covers(std::string_view model) const = 0;

 protected:
  ~Permission() = default;
};

}  // namespace pointsman::proxy
