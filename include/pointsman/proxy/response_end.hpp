#pragma once

#include <string_view>

#include "pointsman/http/event_members.hpp"
#include "pointsman/http/sse_tap.hpp"

namespace pointsman::proxy {

// Whether an answer tells of a response (Responses) that it has ended, for better or worse: until then its usage is
// what it took so far, or nothing. Of a stream the event that ends it says so, otherwise its `status`. Passes on what
// it hears. One per answer.
class ResponseEnd final : public http::DataListener {
 public:
  // `next`, if there is one, must outlive it.
  explicit ResponseEnd(http::DataListener* next = nullptr) : next_(next) {}

  void data(std::string_view bytes) override;
  void event_ended() override;

  // `is_whole`: the answer came to its end. A stream need not, behind the event that counts.
  bool has_come(bool is_whole) const;

 private:
  http::DataListener* next_;
  http::EventMembers event_;
  http::EventMembers object_{"status"};
  bool is_stream_ = false;
  bool has_ended_ = false;  // of a stream
};

}  // namespace pointsman::proxy
