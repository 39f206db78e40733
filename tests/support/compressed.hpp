#pragma once

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <stdexcept>
#include <string>
#include <string_view>

// Texts in the codings that clients send.
namespace pointsman::test {

inline std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, text.size()), '\0');
  std::string copy(text);
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const int status = deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("zlib does not compress");
  return result;
}

// `coding` as Content-Encoding names it.
inline std::string compressed(std::string_view coding, std::string_view text) {
  if (coding == "gzip") return deflated(text, 16 + MAX_WBITS);
  if (coding == "deflate") return deflated(text, MAX_WBITS);
  if (coding == "zstd") {
    std::string result(ZSTD_compressBound(text.size()), '\0');
    result.resize(ZSTD_compress(result.data(), result.size(), text.data(), text.size(), 3));
    return result;
  }
  if (coding == "br") {
    std::size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 64;
    std::string result(size, '\0');
    if (BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                              reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                              reinterpret_cast<std::uint8_t*>(result.data())) == BROTLI_FALSE) {
      throw std::runtime_error("brotli does not compress");
    }
    result.resize(size);
    return result;
  }
  throw std::invalid_argument("no such coding: " + std::string(coding));
}

}  // namespace pointsman::test
