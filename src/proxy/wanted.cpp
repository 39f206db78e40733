#include "pointsman/proxy/wanted.hpp"

namespace pointsman::proxy {

bool Wanted::ask(std::string_view endpoint, MonotonicTime now) {
  const auto found = said_.find(endpoint);
  if (found != said_.end() && now - found->second < at_most_every) return false;
  std::erase_if(said_, [&](const auto& each) { return now - each.second >= at_most_every; });
  said_.emplace(endpoint, now);
  return true;
}

}  // namespace pointsman::proxy
