#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "pointsman/base/clock.hpp"
#include "pointsman/http/event_members.hpp"
#include "pointsman/http/sse_tap.hpp"
#include "pointsman/payload/kept_names.hpp"
#include "pointsman/payload/usage.hpp"
#include "pointsman/proxy/session_account.hpp"
#include "pointsman/proxy/stream_pace.hpp"

namespace pointsman::proxy {

// Reads what each response takes out of the messages of an endpoint while they go by: an event that ends one tells its
// usage (Responses: `response.completed` and the like, Realtime: `response.done`). It also hears what begins one, what
// was transcribed, and errors, and when pieces of the output come. Of other events only the beginning is looked at, up
// to their `type`; of two the first holds. Keeps nothing of them but an id. One per WebSocket connection.
class ResponseUsage final : public http::DataListener {
 public:
  // Adds to `sum`, and to `between` the times between tokens; nullptr: nobody wants them. All must outlive it.
  ResponseUsage(SessionAccount& account, payload::Usage& sum, const Clock& clock, TokenTimes* between)
      : account_(account), sum_(sum), clock_(clock), pace_{.between = between} {}

  void data(std::string_view bytes) override;
  void event_ended() override;

 private:
  struct Message {
    Message() : reader(usage, false) {}

    http::EventMembers members;
    payload::Usage usage;
    payload::UsageReader reader;
    payload::KeptNames names;  // until the first, which is its response's
    bool is_read = true;       // what follows the type matters as well
  };

  void restart_pace() { pace_ = {.between = pace_.between}; }

  SessionAccount& account_;
  payload::Usage& sum_;
  const Clock& clock_;
  StreamPace pace_;                                // of the response at hand
  std::optional<Message> message_{std::in_place};  // the one at hand
};

}  // namespace pointsman::proxy
