#include "pointsman/demo/words.hpp"

#include <nlohmann/json.hpp>

namespace pointsman::demo {

namespace {

constexpr std::string_view white_space = " \t\r\n";

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> pieces;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto word = text.find_first_not_of(white_space, begin);
    if (word == std::string_view::npos) break;
    const auto end = std::min(text.find_first_of(white_space, word), text.size());
    pieces.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  if (!pieces.empty()) pieces.back() += text.substr(begin);
  return pieces;
}

std::size_t count_words(std::string_view text) { return words(text).size(); }

std::string text_of(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (content.is_array()) {
    for (const auto& part : content) text += part.value("text", "");
  }
  return text;
}

std::size_t count_words_of_messages(const Json& messages) {
  std::size_t count = 0;
  for (const auto& message : messages) count += count_words(text_of(message.value("content", Json())));
  return count;
}

std::optional<std::string> last_of_user(const Json& messages) {
  if (!messages.is_array()) return std::nullopt;
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    if (message->value("role", "") == "user") return text_of(message->value("content", Json()));
  }
  return std::nullopt;
}

}  // namespace pointsman::demo
