#pragma once

#include <string>
#include <string_view>

#include "pointsman/net/task.hpp"

namespace pointsman::proxy {

// Judges what a client sends over WebSocket, message by message, before it goes on. Belongs to whoever runs the relay,
// on its worker.
class MessageJudge {
 public:
  struct Verdict {
    std::string refusal;  // a message for the client, in place of the endpoint's; empty: its own goes on
    std::string instead;  // the message that goes on in its place; empty: as it came
  };

  // The text holds until the verdict is there, and has simdjson's padding behind it.
  virtual net::Task<Verdict> judge(std::string_view text) = 0;

 protected:
  ~MessageJudge() = default;
};

}  // namespace pointsman::proxy
