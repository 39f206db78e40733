#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The event of the benchmark's streams: a chunk of a chat whose content is when it was sent and its number. Every event
// has the same size.
namespace pointsman::bench {

struct Stamp {
  std::int64_t sent = 0;  // nanoseconds of CLOCK_MONOTONIC
  std::uint32_t number = 0;
};

std::size_t event_size();

// Nothing: these bytes are no event of ours.
std::optional<Stamp> read_event(std::string_view event);

// A number of events, each in an HTTP chunk of its own.
class ChunkedEvents {
 public:
  explicit ChunkedEvents(std::size_t count);

  // The chunks, stamped with `sent` and with numbers from `first` on; they hold until the next call.
  std::string_view stamped(std::int64_t sent, std::uint32_t first);
  std::size_t count() const { return count_; }

 private:
  std::size_t count_;
  std::string chunks_;
};

}  // namespace pointsman::bench
