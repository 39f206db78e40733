#include "pointsman/proxy/response_usage.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace pointsman::proxy {
namespace {

// Looked at before one asks whether the rest matters.
constexpr std::size_t beginning = 512;

enum class Kind : std::uint8_t { began, ended, failed, error };

struct Event {
  std::string_view type;
  Kind kind;
};

constexpr std::array<Event, 7> events{{
    {"response.created", Kind::began},
    {"response.completed", Kind::ended},
    {"response.incomplete", Kind::ended},
    {"response.failed", Kind::failed},
    {"response.done", Kind::ended},       // of Realtime, however it ended
    {"transcription.done", Kind::ended},  // of servers whose Realtime only listens
    {"error", Kind::error},               // of any message of the client's
}};

const Event* event_named(std::string_view type) {
  const auto* const found = std::ranges::find(events, type, &Event::type);
  return found == events.end() ? nullptr : found;
}

}  // namespace

void ResponseUsage::data(std::string_view bytes) {
  auto& [members, usage, reader, is_other] = *message_;
  while (!bytes.empty() && !is_other) {
    const auto piece = bytes.substr(0, beginning);
    members.feed(piece);
    is_other = members.has_type() && event_named(members.type()) == nullptr;
    if (!is_other) reader.feed(piece);
    bytes.remove_prefix(piece.size());
  }
}

void ResponseUsage::event_ended() {
  const auto* const event = message_->is_other ? nullptr : event_named(message_->members.type());
  if (event != nullptr) {
    const auto& usage = message_->usage;
    if (event->kind == Kind::began) {
      account_.response_began();
    } else {
      sum_ += usage;
      event->kind == Kind::error ? account_.error_told(usage)
                                 : account_.response_ended(usage, event->kind == Kind::failed);
    }
  }
  message_.emplace();
}

}  // namespace pointsman::proxy
