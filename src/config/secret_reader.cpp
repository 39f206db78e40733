#include "pointsman/config/secret_reader.hpp"

#include "pointsman/config/characters.hpp"
#include "pointsman/config/file.hpp"

namespace pointsman::config {
namespace {

constexpr std::size_t largest_key_file = 64 * 1024;
constexpr std::string_view unfit_for_a_header =
    "contains a space, a line break or another character that an HTTP header cannot carry; write the key alone, in "
    "visible ASCII";

void set(const Value& value, std::string text, Secret& target) {
  if (!is_visible_ascii(text)) return value.complain(unfit_for_a_header);
  target = Secret(std::move(text));
}

}  // namespace

void secret(const Value& value, Secret& target) {
  if (auto text = value.text()) set(value, std::move(*text), target);
}

void secret_file(const Value& value, Secret& target) {
  const auto path = value.text();
  if (!path) return;
  auto content = read_file(path_below(value.reading().directory, *path), largest_key_file);
  if (!content) {
    return value.complain("names a file that cannot be read: " + content.error().message +
                          " (a relative path begins at the directory of the configuration file)");
  }
  while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
  if (content->empty()) return value.complain("names a file that is empty; write the key into it");
  set(value, std::move(*content), target);
}

}  // namespace pointsman::config
