#include "pointsman/http/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pointsman::http {
namespace {

using namespace std::string_literals;
using Sender = FrameReader::Sender;
using Step = FrameReader::Step;

// What a reader makes of frames: each payload behind a letter for its opcode, `.` where a message ends, and the fault.
std::string read(Sender sender, std::string_view bytes, std::size_t split = 0, bool has_extension = false) {
  FrameReader reader(sender);
  if (has_extension) reader.allow_reserved_bits();
  std::string seen;
  std::uint64_t offset = 0;
  const auto end_frame = [&] { seen += reader.closed() ? "!" : reader.ended_message() ? "." : ""; };
  for (auto piece : {bytes.substr(0, split), bytes.substr(split)}) {
    for (bool goes_on = true; goes_on;) {
      std::size_t taken = 0;
      const auto step = reader.step(piece, taken);
      std::string payload(piece.substr(0, taken));
      piece.remove_prefix(taken);
      switch (step) {
        case Step::need_more: goes_on = false; break;
        case Step::malformed: return seen + "?" + std::string(reader.fault());
        case Step::head:
          seen += "ctb-----xpq"[static_cast<int>(reader.head().opcode)];
          offset = 0;
          if (reader.at_boundary()) end_frame();
          break;
        case Step::payload:
          if (reader.head().mask) apply_mask(payload, *reader.head().mask, offset);
          offset += taken;
          seen += payload;
          if (reader.at_boundary()) end_frame();
          break;
      }
    }
  }
  return seen + (reader.at_boundary() ? "" : "~");
}

constexpr FrameMask key{'\x37', '\xfa', '\x21', '\x3d'};

// The examples of RFC 6455 §5.7, and what must not pass.
TEST(WebSocketFrames, AreReadWhereverTheyAreSplit) {
  struct Case {
    Sender sender;
    std::string bytes;
    std::string seen;
  };
  const std::vector<Case> cases{
      {Sender::server, "\x81\x05Hello"s, "tHello."},
      {Sender::client, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, "tHello."},
      {Sender::server, "\x01\x03Hel\x80\x02lo"s, "tHelclo."},
      {Sender::server, "\x01\x03Hel\x89\x01x\x80\x02lo"s, "tHelpxclo."},
      {Sender::server, "\x82\x7e\x01\x00"s + std::string(256, 'b'), "b" + std::string(256, 'b') + "."},
      {Sender::server, "\x82\x7f\0\0\0\0\0\1\0\0"s + std::string(65536, 'b'), "b" + std::string(65536, 'b') + "."},
      {Sender::server, "\x81\0\x8a\0\x88\0"s, "t.qx!"},
      {Sender::server, "\x88\x02\x03\xe8"s, "x\x03\xe8!"},
      {Sender::server, "\x81\x05Hell"s, "tHell~"},
      {Sender::server, "\x81"s, "~"},
      {Sender::client, "\x81\x05Hello"s, "?an unmasked frame"},
      {Sender::server, "\x81\x80\0\0\0\0"s, "?a masked frame of a server"},
      {Sender::server, "\xc1\0"s, "?reserved bits without an extension"},
      {Sender::server, "\x83\0"s, "?an opcode that nobody defined"},
      {Sender::server, "\x8b\0"s, "?an opcode that nobody defined"},
      {Sender::server, "\x09\0"s, "?a control frame in fragments"},
      {Sender::server, "\x89\x7e\0\x7e"s, "?a control frame that is too long"},
      {Sender::server, "\x88\x01\x03"s, "?a close frame with half a code"},
      {Sender::server, "\x80\0"s, "?a continuation of nothing"},
      {Sender::server, "\x01\0\x81\0"s, "t?a message within another"},
      {Sender::server, "\x81\x7e\0\x7d"s, "?a length that is not written the shortest way"},
      {Sender::server, "\x81\x7f\0\0\0\0\0\0\xff\xff"s, "?a length that is not written the shortest way"},
      {Sender::server, "\x81\x7f\x80\0\0\0\0\1\0\0"s, "?a length that is not written the shortest way"},
      {Sender::server, "\x88\0\x81\0"s, "x!?bytes behind a close frame"},
  };
  for (const auto& each : cases) {
    const std::size_t step = each.bytes.size() > 1000 ? 997 : 1;
    for (std::size_t split = 0; split <= each.bytes.size(); split += step) {
      ASSERT_EQ(read(each.sender, each.bytes, split), each.seen) << "split at " << split;
    }
  }
}

TEST(WebSocketFrames, MayUseReservedBitsWithAnExtension) {
  EXPECT_EQ(read(Sender::server, "\xc1\x02hi"s, 0, true), "thi.");
}

TEST(WebSocketFrames, ThatAreWrittenAreRead) {
  for (const std::size_t size : {0, 1, 125, 126, 65535, 65536, 70000}) {
    const std::string payload(size, 'x');
    EXPECT_EQ(read(Sender::server, frame(Opcode::text, payload)), "t" + payload + ".") << size;
    EXPECT_EQ(read(Sender::client, frame(Opcode::binary, payload, key)), "b" + payload + ".") << size;
  }
  EXPECT_EQ(frame(Opcode::text, "Hello", key), "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s);
}

TEST(WebSocketFrames, CloseWithACodeAndAReasonThatFits) {
  EXPECT_EQ(close_frame(1012, "restart"), "\x88\x09\x03\xf4restart"s);
  EXPECT_EQ(read(Sender::client, close_frame(1001, "", key)), "x\x03\xe9!");
  // 122 letters and a character of two bytes: only 123 bytes fit.
  const std::string letters(122, 'a');
  EXPECT_EQ(read(Sender::server, close_frame(1000, letters + "\xc3\xa4")), "x\x03\xe8" + letters + "!");
  EXPECT_EQ(read(Sender::server, close_frame(1000, letters + "bc")), "x\x03\xe8" + letters + "b!");
}

TEST(WebSocketFrames, AreMaskedAnewEachTime) { EXPECT_NE(random_mask(), random_mask()); }

}  // namespace
}  // namespace pointsman::http
