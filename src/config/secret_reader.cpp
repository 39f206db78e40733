#include "pointsman/config/secret_reader.hpp"

#include <algorithm>

#include "pointsman/config/characters.hpp"
#include "pointsman/config/file.hpp"
#include "pointsman/config/stand_in.hpp"

namespace pointsman::config {
namespace {

constexpr std::size_t largest_key_file = 64 * 1024;
constexpr std::string_view unfit_for_a_header =
    "contains a space, a line break or another character that an HTTP header cannot carry; write the key alone, in "
    "visible ASCII";

constexpr std::string_view unfit_for_a_field =
    "contains a line break, a space at an end or another character that an HTTP header cannot carry; write it in "
    "visible ASCII";

using Fits = bool (*)(std::string_view);

// Words of visible ASCII.
bool is_field_value(std::string_view text) {
  if (text.starts_with(' ') || text.ends_with(' ')) return false;
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

void set(const Value& value, std::string text, Fits fits, Secret& target) {
  if (!fits(text)) return value.complain(fits == is_field_value ? unfit_for_a_field : unfit_for_a_header);
  target = Secret(std::move(text));
}

void read(const Value& value, Fits fits, Secret& target) {
  if (auto text = value.text()) set(value, std::move(*text), fits, target);
}

void read_file_of(const Value& value, Fits fits, Secret& target) {
  const auto path = value.text();
  if (!path) return;
  if (!value.reading().vocabulary.reads_named_files) {
    target = Secret(stand_in_for_file(*path));
    return;
  }
  auto& files = value.reading().files;
  files.push_back(path_below(value.reading().directory, *path));
  auto content = read_file(files.back(), largest_key_file);
  if (!content) {
    const bool may_be_elsewhere = content.error().code == ErrorCode::not_found;
    return value.complain(
        "names a file that cannot be read: " + content.error().message +
        (may_be_elsewhere ? " (a relative path begins at the directory of the configuration file)" : ""));
  }
  while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
  if (content->empty()) return value.complain("names a file that is empty; write the key into it");
  set(value, std::move(*content), fits, target);
}

}  // namespace

void secret(const Value& value, Secret& target) { read(value, is_visible_ascii, target); }
void secret_file(const Value& value, Secret& target) { read_file_of(value, is_visible_ascii, target); }
void secret_field(const Value& value, Secret& target) { read(value, is_field_value, target); }
void secret_field_file(const Value& value, Secret& target) { read_file_of(value, is_field_value, target); }

}  // namespace pointsman::config
