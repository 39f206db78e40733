#pragma once

#include <string>
#include <string_view>

namespace pointsman::http {

// The name of a status: "Not Found"; empty for one that nobody named.
std::string_view reason(int status);

// "HTTP/1.1 404 Not Found\r\n"
std::string status_line(int status);

}  // namespace pointsman::http
