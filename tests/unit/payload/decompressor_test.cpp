#include "pointsman/payload/decompressor.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/compressed.hpp"

namespace pointsman::payload {
namespace {

constexpr std::string_view codings[] = {"gzip", "deflate", "zstd", "br"};
// These allow another text behind the end of one.
constexpr std::string_view codings_of_several[] = {"gzip", "zstd"};

struct Text {
  std::string bytes;
  bool whole = false;
  bool corrupt = false;

  bool operator==(const Text&) const = default;
};

Text decompress(std::string_view coding, std::string_view input, std::size_t in_size, std::size_t out_size) {
  Decompressor decompressor(*coding_named(coding));
  Text text;
  std::vector<char> room(out_size);
  while (!decompressor.corrupt()) {
    // A copy that ends where the piece ends, so that AddressSanitizer sees whoever reads further.
    const auto piece = input.substr(0, in_size);
    const std::vector<char> exact(piece.begin(), piece.end());
    const auto step = decompressor.step({exact.data(), exact.size()}, room);
    EXPECT_LE(step.consumed, exact.size());
    EXPECT_LE(step.written, room.size());
    text.bytes.append(room.data(), step.written);
    input.remove_prefix(step.consumed);
    if (input.empty() && step.written < room.size()) break;
  }
  text.whole = decompressor.whole();
  text.corrupt = decompressor.corrupt();
  return text;
}

std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i) text += "{\"model\":\"m\",\"n\":" + std::to_string(i * i) + "}\n";
  return text;
}

TEST(Decompressor, KnowsItsCodings) {
  EXPECT_EQ(coding_named("GZip"), Coding::gzip);
  EXPECT_EQ(coding_named("x-gzip"), Coding::gzip);
  EXPECT_EQ(coding_named("zstd"), Coding::zstd);
  EXPECT_EQ(coding_named("br"), Coding::brotli);
  EXPECT_EQ(coding_named("deflate"), Coding::deflate);
  for (const auto* other : {"", "identity", "compress", "gzip, br", "brotli"}) {
    EXPECT_EQ(coding_named(other), std::nullopt) << other;
  }
}

TEST(Decompressor, GivesTheTextBackInPiecesOfEverySize) {
  for (const auto coding : codings) {
    for (const std::string& text : {std::string(), std::string("{\"model\":\"m\"}"), long_text()}) {
      const auto input = test::compressed(coding, text);
      for (const std::size_t in_size : {1ul, 7ul, 4096ul, input.size()}) {
        for (const std::size_t out_size : {1ul, 13ul, 64ul * 1024, text.size() + 1}) {
          if (text.size() > 1000 && in_size * out_size < 1000) continue;  // slow, and no other way
          const auto read = decompress(coding, input, in_size, out_size);
          ASSERT_TRUE(read.whole) << coding << ' ' << in_size << ' ' << out_size;
          ASSERT_TRUE(read.bytes == text) << coding << ' ' << in_size << ' ' << out_size;
        }
      }
    }
  }
}

TEST(Decompressor, KnowsWhatIsNotWhole) {
  const std::string text = "{\"model\":\"m\",\"messages\":[]}";
  for (const auto coding : codings) {
    const auto input = test::compressed(coding, text);
    for (std::size_t size = 0; size < input.size(); ++size) {
      const auto read = decompress(coding, input.substr(0, size), 64, 64);
      EXPECT_FALSE(read.whole) << coding << ' ' << size;
      EXPECT_FALSE(read.corrupt) << coding << ' ' << size;
    }
  }
}

TEST(Decompressor, RefusesWhatFollowsTheEnd) {
  for (const auto coding : codings) {
    const auto input = test::compressed(coding, "text");
    for (const std::string& garbage : {std::string("garbage"), std::string(8, '\0'), std::string("\n")}) {
      for (const std::size_t in_size : {1ul, 64ul}) {
        const auto read = decompress(coding, input + garbage, in_size, 64);
        EXPECT_FALSE(read.whole) << coding;
      }
    }
  }
}

TEST(Decompressor, TakesSeveralMembers) {
  for (const auto coding : codings_of_several) {
    const auto input =
        test::compressed(coding, "one ") + test::compressed(coding, "") + test::compressed(coding, "two");
    for (const std::size_t in_size : {1ul, 5ul, input.size()}) {
      for (const std::size_t out_size : {1ul, 4ul, 64ul}) {
        const auto read = decompress(coding, input, in_size, out_size);
        EXPECT_TRUE(read.whole) << coding << ' ' << in_size << ' ' << out_size;
        EXPECT_EQ(read.bytes, "one two") << coding << ' ' << in_size << ' ' << out_size;
      }
    }
    EXPECT_FALSE(decompress(coding, input + input.substr(0, 5), 64, 64).whole) << coding;
  }
  for (const std::string coding : {"deflate", "br"}) {
    const auto one = test::compressed(coding, "one");
    EXPECT_TRUE(decompress(coding, one + one, 64, 64).corrupt) << coding;
  }
}

TEST(Decompressor, SeesAWrongChecksum) {
  for (const std::string coding : {"gzip", "deflate"}) {
    auto input = test::compressed(coding, "some text");
    input[input.size() - (coding == "gzip" ? 6 : 1)] ^= 1;
    EXPECT_TRUE(decompress(coding, input, 64, 64).corrupt) << coding;
  }
}

TEST(Decompressor, RefusesAnotherCoding) {
  for (const auto coding : codings) {
    for (const std::string& input : {std::string("{\"model\":\"m\"}"), std::string(64, '\xff')}) {
      EXPECT_FALSE(decompress(coding, input, 64, 64).whole) << coding;
    }
  }
  // zlib's format without its head, which some take for `deflate`.
  EXPECT_TRUE(decompress("deflate", test::deflated("text", -MAX_WBITS), 64, 64).corrupt);
}

TEST(Decompressor, RefusesTheFormatsBeforeZstdWasSpecified) {
  for (const char version : {'\x1e', '\x22', '\x23', '\x24', '\x25', '\x26', '\x27'}) {
    const auto input = version + std::string("\xb5\x2f\xfd\x47\x7f\x00", 6);
    EXPECT_TRUE(decompress("zstd", input, 64, 64).corrupt) << static_cast<int>(version);
    EXPECT_TRUE(decompress("zstd", test::compressed("zstd", "x") + input, 1, 64).corrupt) << static_cast<int>(version);
  }
}

TEST(Decompressor, SkipsFramesThatAreMeantToBe) {
  const auto frame = test::compressed("zstd", "text");
  for (const char kind : {'\x50', '\x5f'}) {
    const auto skipped = kind + std::string("\x2a\x4d\x18\x02\x00\x00\x00xx", 9);
    for (const std::size_t in_size : {1ul, 64ul}) {
      const auto read = decompress("zstd", skipped + frame + skipped, in_size, 64);
      EXPECT_TRUE(read.whole);
      EXPECT_EQ(read.bytes, "text");
    }
  }
}

TEST(Decompressor, RefusesAWindowThatWouldCostMuch) {
  // A frame that announces a window of 1 GiB (RFC 8878 §3.1.1.1.2), and one of 8 MiB.
  EXPECT_TRUE(decompress("zstd", std::string("\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00", 9), 64, 64).corrupt);
  EXPECT_FALSE(decompress("zstd", std::string("\x28\xb5\x2f\xfd\x00\x68\x01\x00\x00", 9), 64, 64).corrupt);
}

}  // namespace
}  // namespace pointsman::payload
