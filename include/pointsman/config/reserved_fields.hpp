#pragma once

#include <string>
#include <string_view>

// Which of a request's fields the file may not set.
namespace pointsman::config {

std::string in_small_letters(std::string text);

// What we write ourselves, or what says how the message is read.
bool is_reserved_field(std::string_view name);

}  // namespace pointsman::config
