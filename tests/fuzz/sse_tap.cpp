#include "pointsman/http/sse_tap.hpp"

#include <tuple>

#include "input.hpp"

namespace pointsman::fuzz {
namespace {

using http::StreamDialect;

auto seen_by(const http::SseTap& tap) {
  return std::tuple(tap.has_events(), tap.at_boundary(), tap.ended(), tap.has_ids(), tap.last_sequence_number());
}

// The stream in lines that end in LF, without its byte order mark.
std::string normalized(std::string_view stream) {
  if (stream.starts_with("\xef\xbb\xbf")) stream.remove_prefix(3);
  std::string text;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    if (stream[i] == '\n' && i > 0 && stream[i - 1] == '\r') continue;
    text += stream[i] == '\r' ? '\n' : stream[i];
  }
  return text;
}

// What the tap should know, found the plain way: line by line of the whole stream, and a field's value copied.
struct Reading {
  bool has_events = false;
  bool at_boundary = true;
  bool has_ids = false;
  bool ended = false;  // by names and by [DONE]; not by types

  Reading(std::string_view stream, StreamDialect dialect) {
    const auto text = normalized(stream);
    std::string data;
    std::string name;
    bool has_data = false;
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin)) {
      const auto line = text.substr(begin, end - begin);
      if (line.empty()) {
        has_events = has_events || has_data;
        const bool done = dialect == StreamDialect::chat && data.starts_with("[DONE]");
        ended = ended || (has_data && (done || is_last_event(dialect, name)));
        data.clear();
        name.clear();
        has_data = false;
        at_boundary = true;
        continue;
      }
      if (line.front() == ':') continue;
      at_boundary = false;
      const auto colon = line.find(':');
      const auto field = line.substr(0, colon);
      auto value = colon == std::string::npos ? std::string() : line.substr(colon + 1);
      if (value.starts_with(' ')) value.erase(0, 1);
      if (field == "data") data += (has_data ? "\n" : "") + value;
      if (field == "data") has_data = true;
      if (field == "event") name = value;
      if (field == "id") has_ids = true;
    }
    if (begin < text.size()) at_boundary = false;
  }
};

}  // namespace
}  // namespace pointsman::fuzz

// The tap on event streams: what it sees does not depend on splits, and is what a plain reading of the lines finds. The
// first byte chooses the dialect and the splits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto stream = fuzz::text_of(data, size);
  const auto seed = fuzz::take_byte(stream);
  const auto dialect = static_cast<http::StreamDialect>(seed / 8 % 4);

  http::SseTap whole(dialect);
  whole.feed(stream);
  http::SseTap tap(dialect);
  for (const auto& piece : fuzz::split(stream, seed)) tap.feed(piece);
  fuzz::require(fuzz::seen_by(tap) == fuzz::seen_by(whole), "what a tap sees does not depend on splits");

  // A part of a byte order mark could still become one.
  if (std::string_view("\xef\xbb").starts_with(stream)) return 0;
  const fuzz::Reading reading(stream, dialect);
  fuzz::require(tap.has_events() == reading.has_events, "there are events");
  fuzz::require(tap.at_boundary() == reading.at_boundary, "an event is open");
  fuzz::require(tap.has_ids() == reading.has_ids, "there are ids");
  const bool may_end_by_type = dialect == http::StreamDialect::responses;
  fuzz::require(tap.ended() == reading.ended || (may_end_by_type && tap.ended()), "the stream has ended");
  return 0;
}
