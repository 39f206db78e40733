#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pointsman::routing {

// More of a conversation's beginning does not count.
inline constexpr std::size_t beginning_bytes = 16 * 1024;

// The bytes of a request's JSON body that stay the same while its conversation goes on: of `messages`, `input` or
// `prompt`, whichever comes first at the top, the beginning up to the end of the first user's message, or all if there
// is none, but at most beginning_bytes. What other fields say, before or behind it, does not count. Empty: the body has
// none of them, or begins with too much else. The body must be whole JSON (RequestScanner).
std::string_view conversation_beginning(std::string_view body);

// What requests have in common whose prompt caches could serve each other: the same key, model and beginning of the
// conversation. 0: not known.
std::uint64_t affinity(std::string_view key, std::string_view model, std::string_view body);

}  // namespace pointsman::routing
