#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pointsman/http/sse_tap.hpp"
#include "pointsman/payload/decompressor.hpp"

namespace pointsman::proxy {

// Gives a listener what a compressed answer says while the answer itself passes as it is. It hears nothing more of an
// answer that is not what its coding promises, or that stands for more than `most` bytes or, beyond the first MiB, for
// more than `densest` times its size: a worker reads it between others. One per answer.
class DecodedListener {
 public:
  static constexpr std::size_t most = std::size_t{64} << 20;
  static constexpr std::size_t densest = 200;

  // The listener must outlive this. Of a stream it hears the data of the events.
  DecodedListener(payload::Coding coding, bool is_event_stream, http::DataListener& listener);

  void feed(std::string_view bytes);

 private:
  void hear(std::string_view text);

  payload::Decompressor decompressor_;
  http::DataListener& listener_;
  std::optional<http::SseTap> tap_;
  std::size_t given_ = 0;
  std::size_t heard_ = 0;
};

}  // namespace pointsman::proxy
