#include "pointsman/payload/decompressor.hpp"

#include "input.hpp"

namespace pointsman::fuzz {
namespace {

constexpr std::size_t most = 1 << 20;  // of what comes out: the input may be a bomb

struct Text {
  std::string bytes;
  bool whole = false;
};

Text decompress(payload::Coding coding, const std::vector<std::string>& pieces, std::size_t room) {
  payload::Decompressor decompressor(coding);
  Text text;
  for (std::string_view piece : pieces) {
    for (;;) {
      std::vector<char> out(room);
      const auto step = decompressor.step(piece, out);
      require(step.consumed <= piece.size() && step.written <= out.size(), "a step stays within what it was given");
      text.bytes.append(out.data(), step.written);
      piece.remove_prefix(step.consumed);
      if (decompressor.corrupt() || text.bytes.size() > most) return text;
      if (piece.empty() && step.written < out.size()) break;
      require(step.consumed + step.written > 0, "a step goes on");
    }
  }
  text.whole = decompressor.whole();
  return text;
}

}  // namespace
}  // namespace pointsman::fuzz

// A compressed text: the first byte says which coding, the second how it is split. However it is given and taken, the
// same comes out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto text = fuzz::text_of(data, size);
  const auto coding = static_cast<payload::Coding>(fuzz::take_byte(text) % 4);
  const auto seed = fuzz::take_byte(text);
  const auto at_once = fuzz::decompress(coding, {std::string(text)}, 64 * 1024);
  const auto in_pieces = fuzz::decompress(coding, fuzz::split(text, seed), 1 + seed);
  if (at_once.bytes.size() > fuzz::most || in_pieces.bytes.size() > fuzz::most) return 0;
  // A frame of zstd that comes in pieces its library does not hold to the size that it declares.
  const bool may_differ = coding == payload::Coding::zstd && !at_once.whole;
  fuzz::require(may_differ || at_once.whole == in_pieces.whole, "it is whole however it is split");
  // How soon a library notices that it is corrupt is its own affair.
  if (at_once.whole) fuzz::require(at_once.bytes == in_pieces.bytes, "the same comes out");
  return 0;
}
