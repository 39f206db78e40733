#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "pointsman/http/event_members.hpp"
#include "pointsman/http/sse_tap.hpp"
#include "pointsman/payload/usage.hpp"
#include "pointsman/proxy/session_account.hpp"

namespace pointsman::proxy {

// Reads what each response takes out of the messages of an endpoint while they go by: an event that ends one tells its
// usage (Responses: `response.completed` and the like, Realtime: `response.done`). It also hears what begins one, and
// errors. Of other events only the beginning is looked at, up to their `type`; of two the first holds. Keeps nothing of
// them. One per WebSocket connection.
class ResponseUsage final : public http::DataListener {
 public:
  // Adds to `sum`. Both must outlive it.
  ResponseUsage(SessionAccount& account, payload::Usage& sum) : account_(account), sum_(sum) {}

  void data(std::string_view bytes) override;
  void event_ended() override;

 private:
  struct Message {
    Message() : reader(usage, false) {}

    http::EventMembers members;
    payload::Usage usage;
    payload::UsageReader reader;
    bool is_other = false;  // neither of a response's beginning or end, nor an error
  };

  SessionAccount& account_;
  payload::Usage& sum_;
  std::optional<Message> message_{std::in_place};  // the one at hand
};

}  // namespace pointsman::proxy
