#pragma once

#include <zlib.h>

#include <new>
#include <string>
#include <string_view>

namespace pointsman::test {

// Makes payloads of messages as permessage-deflate has them (RFC 7692 §7.2.1), each building on those before.
class Deflating {
 public:
  Deflating() {
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflating() { deflateEnd(&stream_); }
  Deflating(const Deflating&) = delete;
  Deflating& operator=(const Deflating&) = delete;

  std::string message(std::string text) {
    std::string made(text.size() + 1024, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(made.data());
    stream_.avail_out = static_cast<uInt>(made.size());
    deflate(&stream_, Z_SYNC_FLUSH);
    made.resize(made.size() - stream_.avail_out);
    made.resize(made.size() - 4);  // 00 00 ff ff
    return made;
  }

 private:
  z_stream stream_{};
};

}  // namespace pointsman::test
