#pragma once

#include <string_view>

namespace pointsman::api {

enum class Listener { clients, operators };

// The routes of both listeners as OpenAPI 3.1 tells them, in JSON: docs/openapi.json (src/api/embed_document.cmake), in
// which the address of the listener that serves it is "/": where the reader has it from. It is the same for everybody,
// and says nothing of this gateway but its version.
std::string_view openapi_document(Listener listener);

}  // namespace pointsman::api
