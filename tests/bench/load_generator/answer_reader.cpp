#include "answer_reader.hpp"

#include <charconv>
#include <utility>

#include "wire/head.hpp"

namespace pointsman::bench {

bool AnswerReader::read_head(std::string_view& bytes) {
  const auto before = head_.size();
  head_.append(bytes);
  const auto end = head_.find("\r\n\r\n");
  if (end == std::string::npos) {
    bytes = {};
    return false;
  }
  bytes.remove_prefix(end + 4 - before);
  head_.resize(end + 2);
  if (!head_.starts_with("HTTP/1.1 200 ")) return fail("not 200: " + head_.substr(0, head_.find('\r')));
  const auto length = number_field(head_, "content-length");
  chunked_ = field(head_, "transfer-encoding") == "chunked";
  if (!chunked_ && !length) return fail("neither a length nor chunks");
  left_ = chunked_ ? 0 : *length;
  done_ = !chunked_ && left_ == 0;
  in_head_ = false;
  head_.clear();
  return true;
}

// The line in front of a chunk, with the end of the one before it; or the empty line at the very end.
bool AnswerReader::read_chunk_line(std::string_view& bytes) {
  const bool whole_line = line_.empty() && bytes.size() >= 2;
  const std::size_t skipped = first_chunk_ || last_chunk_ ? 0 : 2;
  auto end = whole_line ? bytes.find("\r\n", skipped) : std::string_view::npos;
  std::string_view line;
  if (end != std::string_view::npos) {
    line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
  } else {
    do {
      if (bytes.empty()) return false;
      line_ += bytes.front();
      bytes.remove_prefix(1);
    } while (line_.size() < skipped + 2 || !line_.ends_with("\r\n"));
    line = std::string_view(line_).substr(0, line_.size() - 2);
  }
  if (last_chunk_) {
    done_ = line.empty();
    return done_ || fail("a trailer");
  }
  if (skipped > 0 && !line.starts_with("\r\n")) return fail("a chunk without its end");
  line.remove_prefix(skipped);
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  if (error != std::errc() || stop != line.data() + line.size()) return fail("a chunk's size that is no number");
  first_chunk_ = false;
  last_chunk_ = left_ == 0;
  line_.clear();
  return true;
}

bool AnswerReader::fail(std::string what) {
  failure_ = std::move(what);
  return false;
}

}  // namespace pointsman::bench
