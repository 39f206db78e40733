#pragma once

#include <string_view>

// What the body of an endpoint's error says, as far as what becomes of the request depends on it. Bodies are read as
// text: servers have too many shapes of errors, and what is misread costs an attempt at most.
namespace pointsman::proxy {

inline constexpr std::size_t searched_text = 4096;  // bytes of a body

// The fault is the model's, not the endpoint's: it is named, or the text says that it could not be loaded.
bool blames_model(std::string_view body, std::string_view model);

// The request is too long for the model.
bool says_too_long(std::string_view body);

}  // namespace pointsman::proxy
