#include "pointsman/http/sse_tap.hpp"

#include <algorithm>
#include <cstring>

namespace pointsman::http {
namespace {

constexpr std::string_view data_field = "data:";

// The next place of a byte at or behind a position that only moves on; each byte is searched once.
class Occurrences {
 public:
  Occurrences(std::string_view text, char c) : text_(text), c_(c), next_(find(0)) {}

  std::size_t next(std::size_t from) {  // the text's size: there is none
    if (next_ < from) next_ = find(from);
    return next_;
  }

 private:
  std::size_t find(std::size_t from) const { return std::min(text_.find(c_, from), text_.size()); }

  std::string_view text_;
  char c_;
  std::size_t next_;
};

}  // namespace

void SseTap::feed(std::string_view bytes) {
  bytes = skip_byte_order_mark(bytes);
  if (bytes.empty()) return;
  std::size_t at = after_return_ && bytes.front() == '\n' ? 1 : 0;
  after_return_ = false;
  Occurrences newlines(bytes, '\n');
  Occurrences returns(bytes, '\r');
  while (at < bytes.size()) {
    const auto end = std::min(newlines.next(at), returns.next(at));
    take(bytes.substr(at, end - at));
    if (end == bytes.size()) return;
    end_line();
    at = end + 1;
    if (bytes[end] == '\n') continue;
    after_return_ = at == bytes.size();
    if (!after_return_ && bytes[at] == '\n') ++at;
  }
}

std::string_view SseTap::skip_byte_order_mark(std::string_view bytes) {
  while (mark_ < byte_order_mark.size() && !bytes.empty()) {
    if (bytes.front() == byte_order_mark[mark_]) {
      ++mark_;
      bytes.remove_prefix(1);
    } else {
      take(byte_order_mark.substr(0, mark_));
      mark_ = byte_order_mark.size();
    }
  }
  return bytes;
}

void SseTap::take(std::string_view part) {
  if (line_size_ < line_.size()) {
    std::memcpy(line_.data() + line_size_, part.data(), std::min(part.size(), line_.size() - line_size_));
  }
  const auto before = line_size_;
  line_size_ += part.size();
  const bool reads_data = dialect_ == StreamDialect::responses || listener_ != nullptr;
  if (!reads_data || line_size_ <= data_field.size()) return;
  if (std::string_view(line_.data(), data_field.size()) != data_field) return;
  part.remove_prefix(before < data_field.size() ? data_field.size() - before : 0);
  if (dialect_ == StreamDialect::responses) members_.feed(part);
  if (listener_ != nullptr) listener_->data(part);
}

void SseTap::end_line() {
  const std::string_view line(line_.data(), std::min(line_size_, line_.size()));
  line_size_ = 0;
  if (line.empty()) {
    end_event();
    return;
  }
  if (line.front() == ':') return;  // a comment
  event_begun_ = true;
  // Nearly every line is one of these.
  const bool is_data = line.starts_with(data_field);
  const auto colon = is_data ? data_field.size() - 1 : std::min(line.find(':'), line.size());
  const auto name = line.substr(0, colon);
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (is_data || name == "data") {
    // The SDKs look at how the data begins.
    if (!has_data_) is_done_marker_ = dialect_ == StreamDialect::chat && value.starts_with("[DONE]");
    has_data_ = true;
  } else if (name == "event") {
    has_last_name_ = is_last_event(dialect_, value);
    has_token_name_ = carries_tokens(dialect_, value);
  } else if (name == "id") {
    has_ids_ = true;
  }
}

void SseTap::end_event() {
  if (has_data_) {
    has_events_ = true;
    const bool names_events = dialect_ == StreamDialect::responses || dialect_ == StreamDialect::messages;
    token_events_ += names_events ? has_token_name_ : !is_done_marker_;
    ended_ = ended_ || is_done_marker_ || has_last_name_ || is_last_event(dialect_, members_.type());
    if (const auto number = members_.sequence_number()) last_sequence_number_ = number;
  }
  if (dialect_ == StreamDialect::responses) members_.reset();
  if (listener_ != nullptr) listener_->event_ended();
  event_begun_ = has_data_ = has_last_name_ = has_token_name_ = is_done_marker_ = false;
}

}  // namespace pointsman::http
