#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Messages as they go over the wire, for tests to which every byte matters. `fields` are whole lines.
namespace pointsman::test {

inline constexpr const char* chat_path = "/v1/chat/completions";
inline constexpr const char* chat_route = "POST /v1/chat/completions";

// A request with a Content-Length.
std::string post(std::string_view body, std::string_view fields = "", std::string_view path = chat_path);
// The same body in chunks of this size.
std::string post_in_chunks(std::string_view body, std::size_t chunk_size, std::string_view fields = "");
// A request without a body.
std::string get(std::string_view path, std::string_view method = "GET");

// One chunk, and a whole body of chunks.
std::string chunk(std::string_view content);
std::string in_chunks(std::string_view content, std::size_t chunk_size);

// An answer with a Content-Length, and one in chunks.
std::string ok(std::string_view body, std::string_view fields = "");
std::string ok_in_chunks(std::string_view body, std::size_t chunk_size, std::string_view fields = "");

}  // namespace pointsman::test
