#include "pointsman/payload/form.hpp"

#include <algorithm>
#include <optional>

#include "input.hpp"

namespace pointsman::fuzz {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

// The value of name="..." or name=... in a part's header, taken from the first place where that stands behind a
// semicolon outside quotes; as few rules as will do.
std::optional<std::string> naive_name(const std::string& header) {
  const auto disposition = lower(header).find("\r\ncontent-disposition:");
  if (disposition == std::string::npos) return std::nullopt;
  const auto line = header.substr(disposition + 2, header.find("\r\n", disposition + 2) - disposition - 2);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && line[i] == ';') {
      const auto name = std::min(line.find_first_not_of(" \t", i + 1), line.size());
      if (lower(line.substr(name, 5)) != "name=") continue;
      const auto value = line.substr(name + 5);
      if (!value.starts_with('"')) return value.substr(0, value.find_first_of("; \t"));
      std::string unquoted;
      for (std::size_t k = 1; k < value.size() && value[k] != '"'; ++k) {
        if (value[k] == '\\') ++k;
        unquoted += value[k];
      }
      return unquoted;
    }
  }
  return std::nullopt;
}

struct Found {
  std::optional<std::string> model;
  bool stream = false;
};

// Cuts the body at every boundary behind a CRLF, and takes what is between two for a part.
Found read_naively(std::string_view body, const std::string& boundary) {
  const std::string text = "\r\n" + std::string(body);
  const auto delimiter = "\r\n--" + boundary;
  Found found;
  auto begin = text.find(delimiter);
  for (;;) {
    begin += delimiter.size();
    if (text.compare(begin, 2, "--") == 0) return found;
    const auto end = text.find(delimiter, begin);
    require(end != std::string::npos, "a form that passes has an end");
    const auto part = text.substr(begin, end - begin);
    const auto blank = part.find("\r\n\r\n");
    require(blank != std::string::npos, "every part has a header that ends");
    const auto name = naive_name(part.substr(0, blank + 2));
    const auto value = part.substr(blank + 4);
    if (name == "model") {
      require(!found.model, "there is one model");
      found.model = value;
    }
    if (name == "stream") found.stream = value == "true";
    begin = end;
  }
}

}  // namespace
}  // namespace pointsman::fuzz

// A form: the first line is the Content-Type, the rest the body. What is read of a form that passes is what a reader
// without any rules finds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  const auto text = fuzz::text_of(data, size);
  const auto line_end = text.find('\n');
  if (line_end == std::string_view::npos) return 0;
  const auto boundary = payload::form_boundary(text.substr(0, line_end));
  if (!boundary) return 0;
  fuzz::require(!boundary->empty() && boundary->size() <= 70, "a boundary is bounded");

  const std::vector<char> exact(text.begin() + static_cast<std::ptrdiff_t>(line_end) + 1, text.end());
  const std::string_view body(exact.data(), exact.size());
  std::string_view error_param;
  const auto fields = payload::scan_form(body, *boundary, error_param);
  if (!fields) return 0;
  const auto naive = fuzz::read_naively(body, *boundary);
  fuzz::require(fields->model.has_value() == naive.model.has_value(), "both find a model, or none");
  fuzz::require(fields->stream == naive.stream, "both find the same of streaming");
  if (!fields->model) return 0;
  fuzz::require(*fields->model == *naive.model, "both find the same model");
  fuzz::require(body.substr(fields->model_offset, fields->model_size) == *fields->model, "it stands where it is said");
  return 0;
}
