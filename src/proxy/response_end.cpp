#include "pointsman/proxy/response_end.hpp"

#include <algorithm>
#include <array>

namespace pointsman::proxy {
namespace {

constexpr std::string_view prefix = "response.";  // of the events with the same names
constexpr std::array<std::string_view, 4> final_statuses{"completed", "incomplete", "failed", "cancelled"};

bool is_final(std::string_view status) { return std::ranges::find(final_statuses, status) != final_statuses.end(); }

}  // namespace

void ResponseEnd::data(std::string_view bytes) {
  event_.feed(bytes);
  if (!is_stream_) object_.feed(bytes);
  if (next_ != nullptr) next_->data(bytes);
}

void ResponseEnd::event_ended() {
  const auto type = event_.type();
  is_stream_ = true;
  has_ended_ = has_ended_ || (type.starts_with(prefix) && is_final(type.substr(prefix.size())));
  event_.reset();
  if (next_ != nullptr) next_->event_ended();
}

bool ResponseEnd::has_come(bool is_whole) const {
  return is_stream_ ? has_ended_ : is_whole && is_final(object_.type());
}

}  // namespace pointsman::proxy
