#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The pieces that a listening address and a URL have in common.
namespace pointsman::config {

// A host as it stands before a colon and a port: an IPv6 address in brackets.
std::string bracketed(std::string_view host);

std::optional<std::uint16_t> parse_port(std::string_view text);

// A numeric address in the one way of writing it, so that equal ones compare equal; "" if it is none.
std::string canonical_v4(std::string_view host);
std::string canonical_v6(std::string_view host);

// The path after "unix:", which may begin with "//"; if it is not usable, `complaint` says why.
std::string socket_path(std::string_view text, std::string& complaint);

}  // namespace pointsman::config
