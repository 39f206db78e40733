#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/event.hpp"

namespace pointsman::bench {

// Puts a stream's events together again, however they were split, and sees that none is missing or changed.
class EventReader {
 public:
  // Gives each event's stamp to `take`. False: an event is not the one that was sent.
  template <class Take>
  bool read(std::string_view payload, Take take) {
    while (!payload.empty()) {
      std::string_view event = payload.substr(0, event_size() - partial_.size());
      payload.remove_prefix(event.size());
      if (!partial_.empty() || event.size() < event_size()) {
        partial_.append(event);
        if (partial_.size() < event_size()) return true;
        event = partial_;
      }
      const auto stamp = read_event(event);
      if (!stamp || stamp->number != next_) return false;
      partial_.clear();
      ++next_;
      take(*stamp);
    }
    return true;
  }

  std::uint32_t count() const { return next_; }

 private:
  std::string partial_;
  std::uint32_t next_ = 0;
};

}  // namespace pointsman::bench
