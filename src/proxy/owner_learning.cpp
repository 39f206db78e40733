#include "pointsman/proxy/owner_learning.hpp"

namespace pointsman::proxy {

void OwnerLearning::data(std::string_view bytes) {
  names_.feed(bytes);
  if (!names_.has_found()) return;
  for (auto& name : names_.take()) {
    if (name == last_) continue;
    directory_.learn(name, endpoint_, key_);
    if (first_.empty()) first_ = name;
    last_ = std::move(name);
  }
}

}  // namespace pointsman::proxy
