#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// What the load generator asks and the mock upstream answers. Both take their bytes from here, so that every answer can
// be checked to the last byte, whoever stands in between.
namespace pointsman::bench {

// A request says by its model how it is to be answered.
namespace model {
inline constexpr std::string_view whole = "bench-whole";  // with answer_body()
inline constexpr std::string_view paced = "bench-paced";  // events_per_second, until the client leaves
inline constexpr std::string_view rapid = "bench-rapid";  // events as fast as they are taken
inline constexpr std::string_view quiet = "bench-quiet";  // one event, then silence
}  // namespace model

inline constexpr int events_per_second = 50;  // of a paced stream
inline constexpr std::string_view body_begin = R"({"model":")";
inline constexpr std::size_t request_body_size = 1024;
inline constexpr std::size_t answer_body_size = 600;

// A whole chat request with the fields that an official SDK sends. `client` chooses one of client_keys keys.
inline constexpr std::size_t client_keys = 16;
std::string chat_request(std::string_view model, bool stream, std::size_t client);

std::string answer_body();

}  // namespace pointsman::bench
