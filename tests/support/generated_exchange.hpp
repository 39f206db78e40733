#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pointsman::test {

// A chat request and its answer, made up from a number: the same number always makes the same bytes. Both come in every
// way that HTTP/1.1 has: with a length, in chunks of all sizes with extensions and trailers, until the connection ends;
// as text, as events, as opaque bytes that claim to be compressed, or as nothing.
struct GeneratedExchange {
  std::string request;  // the whole message; its field X-Exchange is the number
  std::string request_body;

  std::string answer_head;  // without the empty line, so that more can be added
  std::string answer_rest;  // behind it
  std::string answer_body;
  bool answer_ends_by_closing = false;
};

// Whether the request of this number is sent in chunks.
constexpr bool is_sent_in_chunks(std::uint64_t number) { return number % 2 == 1; }

// `request_size` and `answer_size` are about what the bodies' sizes shall be. Fields in `more` are added to the
// request.
GeneratedExchange generate_exchange(std::uint64_t number, std::size_t request_size, std::size_t answer_size,
                                    std::string_view more = "");

// To compare what one side sent with what the other got.
std::string digest(std::string_view bytes);

}  // namespace pointsman::test
