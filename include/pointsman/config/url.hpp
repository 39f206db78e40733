#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pointsman/base/error.hpp"

namespace pointsman::config {

// The base of an endpoint, as people write it: with or without /v1, with a prefix, or a Unix-domain socket.
struct Url {
  std::string scheme;      // "http", "https" or "unix"
  std::string host;        // without brackets, in lower case; empty for "unix"
  std::uint16_t port = 0;  // filled in from the scheme
  std::string base_path;   // where the OpenAI routes begin, without a final slash: "/v1", "/openai/v1", "/api/v1"
  std::string root_path;   // base_path without its final version segment: where a server's own routes begin ("" mostly)
  std::string unix_path;

  std::string authority() const;  // the Host header: host, [v6], and the port unless it is the scheme's default
  std::string text() const;       // whole, without credentials
  bool operator==(const Url&) const = default;
};

// http://host:11434, .../v1, .../v1/, https://openrouter.ai/api/v1, .../v1beta/openai, http://[::1]:8000/prefix,
// unix:/run/llama.sock. A path without a version segment gets /v1. The error is invalid_input; its message is a
// sentence about "the URL" that says what to write, and never repeats credentials or a query.
Result<Url> parse_url(std::string_view text);

}  // namespace pointsman::config
