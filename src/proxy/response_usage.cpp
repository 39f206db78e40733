#include "pointsman/proxy/response_usage.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace pointsman::proxy {
namespace {

// Looked at before one asks whether the rest matters.
constexpr std::size_t beginning = 512;

enum class Kind : std::uint8_t { other, began, token, ended, failed, transcribed, error };

struct Event {
  std::string_view type;
  Kind kind;
};

constexpr std::array<Event, 8> events{{
    {"response.created", Kind::began},
    {"response.completed", Kind::ended},
    {"response.incomplete", Kind::ended},
    {"response.failed", Kind::failed},
    {"response.done", Kind::ended},       // of Realtime, however it ended
    {"transcription.done", Kind::ended},  // of servers whose Realtime only listens
    {"conversation.item.input_audio_transcription.completed", Kind::transcribed},
    {"error", Kind::error},  // of any message of the client's
}};

Kind kind_of(std::string_view type) {
  const auto* const found = std::ranges::find(events, type, &Event::type);
  if (found != events.end()) return found->kind;
  return type.starts_with("response.") && type.ends_with(".delta") ? Kind::token : Kind::other;
}

}  // namespace

void ResponseUsage::data(std::string_view bytes) {
  auto& [members, usage, reader, names, is_read] = *message_;
  while (!bytes.empty() && is_read) {
    const auto piece = bytes.substr(0, beginning);
    members.feed(piece);
    if (members.has_type()) {
      const auto kind = kind_of(members.type());
      is_read = kind != Kind::other && kind != Kind::token;
    }
    if (is_read) reader.feed(piece);
    if (is_read && !names.has_found()) names.feed(piece);
    bytes.remove_prefix(piece.size());
  }
}

void ResponseUsage::event_ended() {
  const auto& usage = message_->usage;
  const auto kind = kind_of(message_->members.type());
  const auto names = message_->names.take();
  const auto id = names.empty() ? std::string_view() : std::string_view(names.front());
  switch (kind) {
    case Kind::other: break;
    case Kind::began:
      restart_pace();
      account_.response_began(id);
      break;
    case Kind::token: pace_.came(pace_.events + 1, clock_.monotonic()); break;
    case Kind::ended:
    case Kind::failed:
      sum_ += usage;
      account_.response_ended({.id = id, .usage = usage, .pace = pace_, .failed = kind == Kind::failed});
      restart_pace();
      break;
    case Kind::transcribed:
      sum_ += usage;
      account_.transcribed(usage);
      break;
    case Kind::error:
      sum_ += usage;
      account_.error_told(usage);
      break;
  }
  message_.emplace();
}

}  // namespace pointsman::proxy
