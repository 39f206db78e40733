#include "pointsman/proxy/decoded_listener.hpp"

#include <algorithm>
#include <array>

namespace pointsman::proxy {

DecodedListener::DecodedListener(payload::Coding coding, bool is_event_stream, http::DataListener& listener)
    : decompressor_(coding), listener_(listener) {
  if (is_event_stream) tap_.emplace(http::StreamDialect::other, &listener);
}

void DecodedListener::feed(std::string_view bytes) {
  constexpr std::size_t small = 1 << 20;
  given_ += bytes.size();
  const auto bound = std::min(most, std::max(small, given_ * densest));
  std::array<char, 4096> room;
  for (;;) {
    if (decompressor_.corrupt() || heard_ > bound) return;
    const auto step = decompressor_.step(bytes, room);
    hear({room.data(), step.written});
    bytes.remove_prefix(step.consumed);
    if (bytes.empty() && step.written < room.size()) return;
  }
}

void DecodedListener::hear(std::string_view text) {
  heard_ += text.size();
  tap_ ? tap_->feed(text) : listener_.data(text);
}

}  // namespace pointsman::proxy
