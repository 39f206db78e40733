#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pointsman::bench {

// Reads the head and the framing of answers. Strict, because it is the witness that what stands in between did right:
// anything but 200 with a length or chunks is a failure.
class AnswerReader {
 public:
  // Gives each piece of the body to `take(std::string_view)`. False: failed() says what is wrong.
  template <class Take>
  bool read(std::string_view bytes, Take take) {
    if (in_head_ && !read_head(bytes)) return failure_.empty();
    while (!bytes.empty() && !done_) {
      if (chunked_ && left_ == 0) {
        if (!read_chunk_line(bytes)) return failure_.empty();
        continue;
      }
      const auto piece = bytes.substr(0, left_);
      bytes.remove_prefix(piece.size());
      left_ -= piece.size();
      done_ = !chunked_ && left_ == 0;
      take(piece);
    }
    return bytes.empty() || fail("bytes behind the answer's end");
  }

  bool done() const { return done_; }
  const std::string& failure() const { return failure_; }
  void reset() { *this = AnswerReader(); }

 private:
  // Take what they read off `bytes`; false: more has to come, or it failed.
  bool read_head(std::string_view& bytes);
  bool read_chunk_line(std::string_view& bytes);
  bool fail(std::string what);

  std::string head_;  // as long as it is incomplete
  std::string line_;  // of a chunk's size, as long as it is incomplete
  std::string failure_;
  std::size_t left_ = 0;  // of the body, or of the chunk
  bool in_head_ = true;
  bool chunked_ = false;
  bool first_chunk_ = true;
  bool last_chunk_ = false;
  bool done_ = false;
};

}  // namespace pointsman::bench
