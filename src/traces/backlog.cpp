#include "pointsman/traces/backlog.hpp"

#include <algorithm>
#include <iterator>

namespace pointsman::traces {

void Backlog::add(std::vector<Span> spans) {
  const std::scoped_lock lock(mutex_);
  const auto fits = std::min(spans.size(), capacity_ - spans_.size());
  std::move(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(fits), std::back_inserter(spans_));
  size_ = spans_.size();
  dropped_ += spans.size() - fits;
}

std::vector<Span> Backlog::take(std::size_t most) {
  const std::scoped_lock lock(mutex_);
  const auto end = spans_.begin() + static_cast<std::ptrdiff_t>(std::min(most, spans_.size()));
  std::vector<Span> taken(std::move_iterator(spans_.begin()), std::move_iterator(end));
  spans_.erase(spans_.begin(), end);
  size_ = spans_.size();
  return taken;
}

// Of those that do not fit the oldest go.
void Backlog::give_back(std::vector<Span> spans) {
  const std::scoped_lock lock(mutex_);
  const auto fits = std::min(spans.size(), capacity_ - spans_.size());
  spans_.insert(spans_.begin(), std::move_iterator(spans.end() - static_cast<std::ptrdiff_t>(fits)),
                std::move_iterator(spans.end()));
  size_ = spans_.size();
  dropped_ += spans.size() - fits;
}

}  // namespace pointsman::traces
