#include "pointsman/http/chunk_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::http {
namespace {

struct Decoding {
  std::string payload;
  std::size_t consumed = 0;
  bool done = false;
  bool malformed = false;

  bool operator==(const Decoding&) const = default;
};

// Fed in two pieces, the second beginning at `split`, with the rest of each piece given again as the loop of a
// connection would.
Decoding decode(const std::string& text, std::size_t split, const Limits& limits) {
  ChunkDecoder decoder(limits);
  Decoding result;
  for (std::string piece : {text.substr(0, split), text.substr(split)}) {
    if (decoder.done() || decoder.malformed()) break;
    const auto step = decoder.decode_in_place(piece);
    result.payload += piece.substr(0, step.payload);
    result.consumed += step.consumed;
  }
  result.done = decoder.done();
  result.malformed = decoder.malformed();
  return result;
}

TEST(ChunkDecoder, TakesTheFramingOffWhereverItIsSplit) {
  const Limits limits;
  const std::string text =
      "5\r\nhello\r\n1;name=value\r\n,\r\n00A\r\n  the rest\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\nGET /";
  for (std::size_t split = 0; split <= text.size(); ++split) {
    const auto decoded = decode(text, split, limits);
    EXPECT_EQ(decoded.payload, "hello,  the rest") << split;
    EXPECT_TRUE(decoded.done) << split;
    EXPECT_EQ(decoded.consumed, text.size() - 5) << split;
  }
}

TEST(ChunkDecoder, RefusesWhatIsNotExactlyChunked) {
  const Limits limits;
  const std::vector<std::string> cases{
      "\r\n",     "g\r\n",           "5\nhello\r\n", "5\r\nhelloX\r\n",         "5\r\nhello\n0\r\n\r\n",
      "5\rhello", "-1\r\n",          "0x5\r\n",      " 5\r\nhello\r\n",         "ffffffffffffffffff\r\n",
      "0\r\n\n",  "0\r\nA: b\n\r\n", "0\r\n\rX",     "0000000000000000000\r\n", "5;a\nb\r\nhello\r\n",
  };
  for (const auto& text : cases) {
    for (std::size_t split = 0; split <= text.size(); ++split) {
      EXPECT_TRUE(decode(text, split, limits).malformed) << text << " at " << split;
    }
  }
}

TEST(ChunkDecoder, HasBoundsOnExtensionsAndTrailers) {
  Limits limits;
  limits.chunk_extension = 10;
  limits.trailers = 20;
  EXPECT_FALSE(decode("1;123456789\r\nx\r\n0\r\n\r\n", 0, limits).malformed);
  EXPECT_TRUE(decode("1;12345678901\r\nx\r\n0\r\n\r\n", 0, limits).malformed);
  EXPECT_FALSE(decode("0\r\nA: 34567890\r\n\r\n", 0, limits).malformed);
  EXPECT_TRUE(decode("0\r\nA: 34567890\r\nB: 34567890\r\n\r\n", 0, limits).malformed);
}

TEST(ChunkDecoder, IsNotDoneBeforeTheEnd) {
  const std::string whole = "3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto decoded = decode(whole.substr(0, size), 0, Limits());
    EXPECT_FALSE(decoded.done || decoded.malformed) << size;
  }
}

}  // namespace
}  // namespace pointsman::http
