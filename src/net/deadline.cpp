#include "pointsman/net/deadline.hpp"

namespace pointsman::net {

void Deadlines::sweep(MonotonicTime now) {
  // Those that are due are moved away first, because expired() may unlink any of them.
  List due;
  for (auto each = all_.begin(); each != all_.end();) {
    auto& deadline = *each++;
    if (deadline.at_ > now) continue;
    deadline.at_ = MonotonicTime::max();
    deadline.unlink();
    due.push_back(deadline);
  }
  expire(due);
}

void Deadlines::expire_all() {
  List due;
  due.swap(all_);
  expire(due);
}

void Deadlines::expire(List& due) {
  while (!due.empty()) {
    auto& deadline = due.front();
    due.pop_front();
    all_.push_back(deadline);
    deadline.expired();
  }
}

}  // namespace pointsman::net
