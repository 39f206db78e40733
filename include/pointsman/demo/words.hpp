#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/demo/answer.hpp"

// The demo's tokens are words.
namespace pointsman::demo {

// One piece for each word, with the white space before it; the last one also has what is left. Put together they are
// the text.
std::vector<std::string> words(std::string_view text);
std::size_t count_words(std::string_view text);

// The text of a message's content: a string, or a list of parts of which those with text count.
std::string text_of(const Json& content);
// Of a list of messages {role, content}.
std::size_t count_words_of_messages(const Json& messages);
// What the user said last; nothing if the list has no message of the user's.
std::optional<std::string> last_of_user(const Json& messages);

}  // namespace pointsman::demo
