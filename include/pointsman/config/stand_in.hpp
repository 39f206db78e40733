#pragma once

#include <string>
#include <string_view>

// What stands in the settings for a value that is not there, where whoever reads the file needs no secret of it and may
// not have any (Vocabulary::reads_named_files). It is fit for a host, a key and a part of a path, and none of them.
namespace pointsman::config {

std::string stand_in_for_variable(std::string_view name);
std::string stand_in_for_file(std::string_view path);

// Whether one is, or is a part of, the text.
bool has_stand_in(std::string_view text);

// The variable for which one stands there; empty: none does.
std::string unset_variable_in(std::string_view text);

}  // namespace pointsman::config
