#pragma once

#include <cstddef>
#include <cstdint>

#include "pointsman/base/clock.hpp"

namespace pointsman::http {

// Every bound on what the other side may send, in one place. Sizes in bytes.
struct Limits {
  std::size_t head = 32 * 1024;       // request line and all fields
  std::size_t fields = 128;           // how many fields
  std::size_t target = 8 * 1024;      // of a request line
  std::size_t body = 64ull << 20;     // of a request, decoded
  std::size_t chunk_extension = 256;  // of each chunk's line
  std::size_t trailers = 8 * 1024;    // all of them together
  std::size_t pipelined =
      64 * 1024;           // kept while an earlier request is being answered; who sends more is not served again
  int announcements = 16;  // 1xx heads before an answer
  std::size_t drained = 64 << 20;  // of an unwanted body, before the connection is closed; nothing of it is kept

  Milliseconds head_time{10'000};       // from the first byte of a head to its last
  Milliseconds body_pause{30'000};      // between two pieces of a request's body
  Milliseconds body_grace{30'000};      // before its rate counts
  std::size_t body_rate = 1024;         // bytes per second, at least, of a whole body
  Milliseconds write_pause{300'000};    // for a client to take what was written
  Milliseconds idle_time{75'000};       // between two requests of a connection
  Milliseconds first_message{300'000};  // over WebSocket, where it names the model
  Milliseconds linger_time{2'000};      // for a client to read an answer that came before its body's end

  // A client that ends its sending side is taken to have left; true: it still waits for its answer.
  bool half_close = false;
};

}  // namespace pointsman::http
