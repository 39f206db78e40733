#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/demo/message.hpp"

// What the demo answers, decided without I/O. Each API is a function from the parsed request to an answer; answer()
// picks it by route. Written from the OpenAI API as its official SDKs read it.
namespace pointsman::demo {

using Json = nlohmann::ordered_json;

inline constexpr std::string_view model_id = "demo";

// What makes an answer different from the last one.
struct Stamp {
  std::string id;            // unique; each kind of object puts its own prefix in front
  std::int64_t created = 0;  // seconds since 1970
};

// One server-sent event, whole, with its blank line.
struct Event {
  std::string bytes;
  bool is_word = false;  // the demo takes its time before a word
};

struct Answer {
  int status = 200;
  std::string body;           // JSON; not for a stream
  std::vector<Event> events;  // not empty: a stream
  std::string allow;          // of a 405
};

Answer answer(const Request& request, const Stamp& stamp);

// The pieces that answers are made of.
Answer whole(const Json& body);
Answer refusal(int status, std::string_view param, std::string_view code, const std::string& message);
Event data_event(const Json& data, bool is_word = false);
std::string serialize(const Json& json);

}  // namespace pointsman::demo
