#include <charconv>
#include <optional>

#include "decoded.hpp"

namespace pointsman::fuzz {
namespace {

// The line that `text` begins with, without its CRLF, taken off. Nothing: there is none, or it holds another CR or LF.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  if (line.find_first_of("\r\n") != std::string_view::npos) return std::nullopt;
  text.remove_prefix(end + 2);
  return line;
}

// A body decoded the plain way, chunk by chunk. Nothing: it is malformed, or not whole. Bounds are not looked at.
std::optional<std::string> payload_of(std::string_view text, std::size_t& consumed) {
  const auto all = text.size();
  std::string payload;
  for (;;) {
    const auto line = take_line(text);
    if (!line) return std::nullopt;
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), size, 16);
    const auto behind = line->substr(static_cast<std::size_t>(end - line->data()));
    if (error != std::errc() || (!behind.empty() && behind.find_first_of("; \t") != 0)) return std::nullopt;
    if (size == 0) break;
    if (size > text.size()) return std::nullopt;
    payload += text.substr(0, static_cast<std::size_t>(size));
    text.remove_prefix(static_cast<std::size_t>(size));
    if (!text.starts_with("\r\n")) return std::nullopt;
    text.remove_prefix(2);
  }
  for (;;) {
    const auto trailer = take_line(text);
    if (!trailer) return std::nullopt;
    if (trailer->empty()) break;
  }
  consumed = all - text.size();
  return payload;
}

}  // namespace
}  // namespace pointsman::fuzz

// Chunked bodies: the payload does not depend on where the bytes are split, and nothing behind the end is touched.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto bytes = fuzz::text_of(data, size);
  const auto seed = fuzz::take_byte(bytes);
  const http::Limits limits;

  const auto whole = fuzz::decode({std::string(bytes)}, limits);
  fuzz::require(!(whole.done && whole.malformed), "a body is done or malformed, not both");
  fuzz::require(fuzz::decode(fuzz::split(bytes, seed), limits) == whole, "the payload does not depend on splits");
  if (!whole.done) return 0;

  std::size_t consumed = 0;
  const auto payload = fuzz::payload_of(bytes, consumed);
  fuzz::require(payload == whole.payload && consumed == whole.consumed, "a plain reading finds the same");
  const auto body = bytes.substr(0, whole.consumed);
  fuzz::require(body.ends_with("\r\n"), "a body ends with an empty line");
  fuzz::require(fuzz::decode({std::string(body) + "GET / HTTP/1.1\r\n\r\n"}, limits) == whole,
                "what follows a body does not change it");
  fuzz::require(!fuzz::decode({std::string(body.substr(0, body.size() - 1))}, limits).done,
                "a body is not done before its last byte");
  return 0;
}
