#include "pointsman/payload/form.hpp"

#include <algorithm>
#include <optional>

#include "parameters.hpp"
#include "pointsman/base/utf8.hpp"
#include "pointsman/http/head.hpp"
#include "scan_error.hpp"

namespace pointsman::payload {
namespace {

using http::equal_ignoring_case;

constexpr std::string_view media_type = "multipart/form-data";
constexpr std::size_t max_boundary = 70;  // RFC 2046 §5.1.1

// bchars of RFC 2046 §5.1.1, without the space: no boundary may end in one, and nobody uses it elsewhere.
bool may_delimit(char c) {
  constexpr std::string_view marks = "'()+_,-./:=?";
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || marks.find(c) != marks.npos;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto next = first_utf8_character(text);
    if (next.code_point == 0xfffd && next.size == 1) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

// Where a line of the form that delimits its parts stands.
struct Delimiter {
  std::size_t begin;  // of the CRLF before it, which belongs to it; 0 at the body's beginning
  std::size_t end;    // behind its own CRLF
  bool last;          // it closes the form
};

// Finds the delimiters, one after the other. A line that begins like one and is none could be one to another reader.
class Delimiters {
 public:
  Delimiters(std::string_view body, std::string_view boundary) : body_(body), dashed_("--" + std::string(boundary)) {}

  // The first one that begins at `from` or behind it. Nothing: there is none, or a malformed one.
  std::optional<Delimiter> next(std::size_t from);
  bool malformed() const { return malformed_; }

 private:
  std::optional<Delimiter> read(std::size_t line);

  std::string_view body_;
  std::string dashed_;
  bool malformed_ = false;
};

std::optional<Delimiter> Delimiters::next(std::size_t from) {
  // No boundary holds the end of a line, so what was compared with one need not be looked at again: linear.
  for (std::size_t line = from;;) {
    const bool begins_line = line == 0 || body_[line - 1] == '\n';
    if (begins_line && body_.substr(line).starts_with(dashed_)) return read(line);
    const auto line_end = body_.find('\n', line);
    if (line_end == std::string_view::npos) return std::nullopt;
    line = line_end + 1;
  }
}

std::optional<Delimiter> Delimiters::read(std::size_t line) {
  malformed_ = true;
  Delimiter found{line, line + dashed_.size(), false};
  if (line > 0) {
    if (line < 2 || body_[line - 2] != '\r') return std::nullopt;
    found.begin = line - 2;
  }
  auto behind = body_.substr(found.end);
  if (behind.starts_with("--")) {
    found.last = true;
    behind.remove_prefix(2);
  }
  behind.remove_prefix(std::min(behind.find_first_not_of(" \t"), behind.size()));
  if (behind.starts_with("\r\n")) {
    behind.remove_prefix(2);
  } else if (!found.last || !behind.empty()) {
    return std::nullopt;
  }
  found.end = body_.size() - behind.size();
  malformed_ = false;
  return found;
}

// What the header of a part says that counts here.
struct PartHeader {
  std::string name;  // of its field; empty: it has none
  bool is_file = false;
  bool is_encoded = false;
  std::size_t size = 0;  // the empty line included
};

std::optional<Error> read_disposition(std::string_view value, PartHeader& part) {
  const auto type_end = std::min(value.find_first_of("; \t"), value.size());
  if (!equal_ignoring_case(value.substr(0, type_end), "form-data")) {
    return refusal("A part of the form has a Content-Disposition that is not `form-data`.");
  }
  bool named = false;
  Parameters parameters(value.substr(type_end));
  while (auto parameter = parameters.next()) {
    const auto name = parameter->name.substr(0, parameter->name.find('*'));
    if (equal_ignoring_case(name, "filename")) part.is_file = true;
    if (!equal_ignoring_case(name, "name")) continue;
    // RFC 7578 knows no `name*`; who knows RFC 2231 would take it for the name.
    if (name.size() != parameter->name.size()) {
      return refusal("A part of the form is named with `name*`. Write `name=`, in UTF-8.");
    }
    if (named) return refusal("A part of the form has two names. Give it one.");
    // Browsers do not escape with backslashes, and their readers do not take them off.
    if (parameter->escaped && (parameter->value == "model" || parameter->value == "stream")) {
      return refusal("A part of the form has a name with backslashes. Write `" + parameter->value + "`.");
    }
    named = true;
    part.name = std::move(parameter->value);
  }
  if (!parameters.at_end()) return refusal("A part of the form has a Content-Disposition that is malformed.");
  return std::nullopt;
}

std::optional<Error> read_header_line(std::string_view line, PartHeader& part, bool& disposed) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  if (colon == std::string_view::npos || name.empty() || name.find_first_of(" \t") != std::string_view::npos) {
    return refusal("A part of the form has a header line that is malformed or folded.");
  }
  const auto value = without_blanks(line.substr(colon + 1));
  if (equal_ignoring_case(name, "content-disposition")) {
    if (disposed) return refusal("A part of the form has two Content-Disposition lines. Send one.");
    disposed = true;
    return read_disposition(value, part);
  }
  if (equal_ignoring_case(name, "content-transfer-encoding")) {
    part.is_encoded = !equal_ignoring_case(value, "7bit") && !equal_ignoring_case(value, "8bit") &&
                      !equal_ignoring_case(value, "binary");
  }
  return std::nullopt;
}

// `part` is what stands between two delimiters: a header, an empty line, a value.
std::optional<Error> read_header(std::string_view part, PartHeader& header) {
  bool disposed = false;
  for (std::size_t begin = 0;;) {
    const auto end = part.substr(0, max_part_header).find('\n', begin);
    if (end == std::string_view::npos) {
      if (part.size() > max_part_header) {
        return refusal("A part of the form has a header of more than " + std::to_string(max_part_header) + " bytes.");
      }
      return refusal("A part of the form has no empty line behind its header.");
    }
    const auto line = part.substr(begin, end - begin);
    const auto odd = line.find_first_of(std::string_view("\r\0", 2));
    if (odd == std::string_view::npos || odd + 1 != line.size() || line[odd] != '\r') {
      return refusal("A part of the form has a header line that does not end in CRLF.");
    }
    begin = end + 1;
    if (line == "\r") {
      header.size = begin;
      return std::nullopt;
    }
    if (auto refused = read_header_line(line.substr(0, line.size() - 1), header, disposed)) return refused;
  }
}

std::optional<Error> read_model(std::string_view value, const PartHeader& header, std::size_t offset,
                                RequestFields& fields) {
  if (fields.model) return refusal("The form has two `model` fields. Send one.");
  if (header.is_file) return refusal("`model` is sent as a file. Send the name of a model.");
  if (header.is_encoded) return refusal("`model` has a Content-Transfer-Encoding. Send it as it is.");
  if (value.empty()) return refusal("`model` is empty. Name a model.");
  if (value.size() > max_model_size) {
    return refusal("`model` is longer than " + std::to_string(max_model_size) + " bytes. Name a model.");
  }
  if (!is_utf8(value)) return refusal("`model` is not UTF-8. Name a model.");
  fields.model = value;
  fields.model_offset = offset;
  fields.model_size = value.size();
  return std::nullopt;
}

}  // namespace

bool is_form(std::string_view content_type) {
  const auto end = std::min(content_type.find(';'), content_type.size());
  return equal_ignoring_case(without_blanks(content_type.substr(0, end)), media_type);
}

Result<std::string> form_boundary(std::string_view content_type) {
  std::optional<std::string> boundary;
  Parameters parameters(content_type.substr(std::min(content_type.find(';'), content_type.size())));
  while (auto parameter = parameters.next()) {
    const auto name = parameter->name.substr(0, parameter->name.find('*'));
    // Some servers read the names of the fields in it.
    const bool is_charset = equal_ignoring_case(name, "charset");
    if (is_charset && !equal_ignoring_case(parameter->value, "utf-8") &&
        !equal_ignoring_case(parameter->value, "us-ascii")) {
      return refusal("The Content-Type of the form has a charset that is not UTF-8. Leave it out.");
    }
    if (!equal_ignoring_case(name, "boundary")) continue;
    if (boundary) return refusal("The Content-Type names two boundaries. Name one.");
    if (name.size() != parameter->name.size()) return refusal("The Content-Type has `boundary*`. Write `boundary=`.");
    boundary = std::move(parameter->value);
  }
  if (!parameters.at_end()) return refusal("The parameters of the Content-Type are malformed.");
  if (!boundary) return refusal("The Content-Type of the form has no `boundary`. It must name the one of the body.");
  if (boundary->empty() || boundary->size() > max_boundary || !std::ranges::all_of(*boundary, may_delimit)) {
    return refusal("The `boundary` in the Content-Type must be 1 to 70 of the characters of RFC 2046, section 5.1.1.");
  }
  return *std::move(boundary);
}

Result<RequestFields> scan_form(std::string_view body, std::string_view boundary, std::string_view& error_param) {
  error_param = {};
  Delimiters delimiters(body, boundary);
  const auto not_whole = [&](std::string_view otherwise) {
    return refusal(delimiters.malformed() ? "A line of the form begins with its boundary and is none that delimits."
                                          : std::string(otherwise));
  };
  RequestFields fields;
  bool has_stream = false;
  auto before = delimiters.next(0);
  if (!before) return not_whole("The body has no part that begins with the boundary of the Content-Type.");
  for (std::size_t parts = 0; !before->last; ++parts) {
    if (parts == max_form_parts) {
      return refusal("The form has more than " + std::to_string(max_form_parts) + " parts. Send fewer.");
    }
    const auto behind = delimiters.next(before->end);
    if (!behind) return not_whole("The form does not end with the line that closes it.");
    // A part without anything: its CRLF is the delimiter's as well.
    if (behind->begin < before->end) return refusal("A part of the form has no empty line behind its header.");
    const auto part = body.substr(before->end, behind->begin - before->end);
    PartHeader header;
    if (auto refused = read_header(part, header)) return *std::move(refused);
    const auto value = part.substr(header.size);
    if (header.name == "_charset_") return refusal("The form has a field `_charset_`. Send UTF-8, without it.");
    if (header.name == "model") {
      error_param = "model";
      if (auto refused = read_model(value, header, before->end + header.size, fields)) return *std::move(refused);
      error_param = {};
    } else if (header.name == "models" || header.name == "fallbacks") {
      fields.more_models = true;
    } else if (header.name == "stream") {
      error_param = "stream";
      if (has_stream) return refusal("The form has two `stream` fields. Send one.");
      has_stream = true;
      fields.stream = value == "true";
      error_param = {};
    }
    before = behind;
  }
  // Who does not stop at the line that closes the form must find nothing more there.
  if (delimiters.next(before->end) || delimiters.malformed()) {
    return refusal("The form goes on behind the line that closes it.");
  }
  return fields;
}

}  // namespace pointsman::payload
