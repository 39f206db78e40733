#include "pointsman/http/websocket_frame.hpp"

#include "input.hpp"

namespace pointsman::fuzz {
namespace {

struct Read {
  std::string payloads;  // of all frames
  std::string again;     // the whole frames, written by ourselves where that is possible
  bool malformed = false;
  bool at_boundary = true;

  bool operator==(const Read&) const = default;
};

Read read(const std::vector<std::string>& pieces, http::FrameReader::Sender sender) {
  http::FrameReader reader(sender);
  Read result;
  std::string payload;
  bool whole = true;  // every message came in one frame
  const auto end_frame = [&] {
    result.payloads += payload;
    whole = whole && reader.head().final && reader.head().opcode != http::Opcode::continuation;
    if (whole) result.again += http::frame(reader.head().opcode, payload, reader.head().mask);
    payload.clear();
  };
  for (std::string_view piece : pieces) {
    for (bool goes_on = true; goes_on;) {
      std::size_t taken = 0;
      const auto step = reader.step(piece, taken);
      require(taken <= piece.size(), "no more is taken than there is");
      std::string part(piece.substr(0, taken));
      piece.remove_prefix(taken);
      using Step = http::FrameReader::Step;
      if (step == Step::malformed) {
        result.malformed = true;
        return result;
      }
      if (step == Step::need_more) {
        require(piece.empty(), "all is taken before more is asked for");
        goes_on = false;
      } else if (step == Step::payload) {
        require(taken > 0, "every step goes on");
        if (reader.head().mask) http::apply_mask(part, *reader.head().mask, payload.size());
        payload += part;
      }
      if (!goes_on) continue;
      if (reader.at_boundary()) end_frame();
    }
  }
  result.at_boundary = reader.at_boundary();
  return result;
}

}  // namespace
}  // namespace pointsman::fuzz

// Frames of WebSocket: what is read does not depend on where the bytes are split, and frames that we write again are
// the bytes that came.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto bytes = fuzz::text_of(data, size);
  const auto seed = fuzz::take_byte(bytes);
  for (const auto sender : {http::FrameReader::Sender::client, http::FrameReader::Sender::server}) {
    const auto whole = fuzz::read({std::string(bytes)}, sender);
    fuzz::require(fuzz::read(fuzz::split(bytes, seed), sender) == whole, "frames do not depend on splits");
    fuzz::require(bytes.starts_with(whole.again), "a frame has one form only");
  }
  return 0;
}
