#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// How the event streams of each API end, and how they say that they failed.
namespace pointsman::http {

enum class StreamDialect : std::uint8_t {
  chat,       // chat completions and completions: events without names, and at the end the data [DONE]
  responses,  // the last event has a name for each way to end
  messages,   // Anthropic's: message_stop, or error
  other,      // nobody knows how it ends
};

// Whether an event of this name is the last one of a stream. `chat` and `other` have no such names.
bool is_last_event(StreamDialect dialect, std::string_view name);

// Whether an event carries a piece of the output; of its name, the beginning is enough. False where events have no
// names.
bool carries_tokens(StreamDialect dialect, std::string_view name);

// One whole event that says that the stream broke off, so that the official SDKs raise instead of taking what came for
// everything. It may be sent only between two events of a stream that is not compressed, and nothing may follow it.
// `sequence_number` is the one after the last event's; only `responses` uses it. Empty for `other`, which has no such
// event: there only cutting the connection tells the client.
std::string failure_event(StreamDialect dialect, std::uint64_t sequence_number, std::string_view message,
                          std::string_view code);

}  // namespace pointsman::http
