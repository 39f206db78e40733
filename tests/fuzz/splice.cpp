#include "pointsman/payload/splice.hpp"

#include "input.hpp"
#include "padded.hpp"
#include "pointsman/base/utf8.hpp"

namespace pointsman::fuzz {
namespace {

// What a name becomes in JSON, which cannot hold bytes that are not UTF-8.
std::string as_utf8(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const auto next = first_utf8_character(name);
    result += next.code_point == 0xfffd ? std::string_view("\xef\xbf\xbd") : name.substr(0, next.size);
    name.remove_prefix(next.size);
  }
  return result;
}

}  // namespace
}  // namespace pointsman::fuzz

// Another model's name in a body: the first line is the name, the rest the body. Every other byte stays, and a scan of
// the result finds that name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  static payload::RequestScanner scanner;
  const auto text = fuzz::text_of(data, size);
  const auto line_end = text.find('\n');
  if (line_end == std::string_view::npos) return 0;
  const auto name = text.substr(0, line_end);
  const auto expected = fuzz::as_utf8(name);
  if (expected.empty() || expected.size() > payload::max_model_size) return 0;

  const fuzz::Padded body(text.substr(line_end + 1));
  std::string_view error_param;
  const auto fields = scanner.scan(body.view(), error_param);
  if (!fields || !fields->model) return 0;
  const auto offset = fields->model_offset;
  const bool stream = fields->stream;
  const auto spliced = payload::splice(body.view(), *fields, name);
  fuzz::require(spliced.prefix == body.view().substr(0, offset), "what stands before the model stays");
  fuzz::require(spliced.suffix == body.view().substr(offset + fields->model_size), "what stands behind it stays");

  std::string written;
  for (const auto piece : spliced.pieces()) written += piece;
  fuzz::require(written.size() == spliced.size(), "the size is that of the pieces");
  const fuzz::Padded rewritten(written);
  const auto again = scanner.scan(rewritten.view(), error_param);
  fuzz::require(again.has_value() && again->model.has_value(), "the result passes as well");
  fuzz::require(*again->model == expected && again->model_offset == offset, "the model there is the new one");
  fuzz::require(again->stream == stream, "the rest says the same");
  return 0;
}
