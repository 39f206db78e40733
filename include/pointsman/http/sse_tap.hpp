#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/http/event_members.hpp"
#include "pointsman/http/stream_dialect.hpp"

namespace pointsman::http {

// Is given what an answer says, in whatever pieces: of a stream the data of its events, otherwise the body.
class DataListener {
 public:
  virtual void data(std::string_view bytes) = 0;
  virtual void event_ended() = 0;

 protected:
  ~DataListener() = default;
};

// Watches a stream of server-sent events that is being relayed, without touching it: whether it came to its end, and if
// not, whether an event may be appended that says so (failure_event). It is given the decoded body as it comes, in
// whatever pieces; what it says holds for all that came so far and does not depend on where the pieces were cut.
//
// No I/O, no allocation, a few hundred bytes; one per stream, used by the thread that relays it. An event counts once
// the empty line behind it came, as it does for clients (WHATWG HTML §9.2.6: lines end in LF, CRLF or CR).
class SseTap {
 public:
  // The listener, if there is one, must outlive the tap.
  explicit SseTap(StreamDialect dialect, DataListener* listener = nullptr) : dialect_(dialect), listener_(listener) {}

  void feed(std::string_view bytes);

  StreamDialect dialect() const { return dialect_; }
  // Nothing has begun that has not ended, so that another event may follow.
  bool at_boundary() const {
    return line_size_ == 0 && !event_begun_ && (mark_ == 0 || mark_ == byte_order_mark.size());
  }
  // At least one event with data came. Comments are no events.
  bool has_events() const { return has_events_; }
  // How many events came that carry tokens: in `responses` and `messages` those with a piece of the output, elsewhere
  // every one with data but [DONE].
  std::uint32_t token_events() const { return token_events_; }
  // The event came that ends a stream of this dialect, for better or worse. Never true of `other`.
  bool ended() const { return ended_; }
  // Of the last event that had one; only looked for in `responses`.
  std::optional<std::uint64_t> last_sequence_number() const { return last_sequence_number_; }
  // An event had an `id:`. From then on a comment of ours would make openai-python raise.
  bool has_ids() const { return has_ids_; }

 private:
  static constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

  std::string_view skip_byte_order_mark(std::string_view bytes);
  void take(std::string_view part);
  void end_line();
  void end_event();

  StreamDialect dialect_;
  DataListener* listener_;
  std::uint8_t mark_ = 0;      // how much of a byte order mark came; all of it as well if there is none
  bool after_return_ = false;  // the last byte was a CR that ended a line: an LF now is a part of it

  // The line at hand: how long it is, and its beginning, where all that counts stands.
  std::size_t line_size_ = 0;
  std::array<char, 32> line_{};

  // The event at hand.
  bool event_begun_ = false;
  bool has_data_ = false;
  bool has_last_name_ = false;
  bool is_done_marker_ = false;  // its data is chat's [DONE]
  bool has_token_name_ = false;
  EventMembers members_;

  std::uint32_t token_events_ = 0;
  bool has_events_ = false;
  bool ended_ = false;
  bool has_ids_ = false;
  std::optional<std::uint64_t> last_sequence_number_;
};

}  // namespace pointsman::http
