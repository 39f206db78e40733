#include "pointsman/config/address.hpp"

#include "pointsman/config/authority.hpp"

namespace pointsman::config {
namespace {

Error unusable(std::string what) {
  return {ErrorCode::invalid_input, Origin::ourselves, false, "the address " + std::move(what)};
}

Result<Address> parse_socket(std::string_view text) {
  std::string complaint;
  Address address{"", 0, socket_path(text, complaint)};
  if (!complaint.empty()) return unusable(std::move(complaint));
  return address;
}

Result<Address> parse_v6(std::string_view text) {
  const auto bracket = text.find(']');
  if (bracket == std::string_view::npos || !text.substr(bracket + 1).starts_with(':')) {
    return unusable("needs a bracket and a port after the IPv6 address, such as [::1]:8484");
  }
  const auto host = canonical_v6(text.substr(1, bracket - 1));
  if (host.empty()) return unusable("has no numeric IPv6 address in its brackets; write it like [::1]:8484");
  const auto port = parse_port(text.substr(bracket + 2));
  if (!port) return unusable("needs a port from 0 to 65535 after its last colon");
  return Address{host, *port, ""};
}

Result<Address> parse_v4(std::string_view host, std::uint16_t port) {
  const auto port_text = std::to_string(port);
  if (host == "localhost") return Address{"127.0.0.1", port, ""};
  if (host == "*") return unusable("has a star for its host; write 0.0.0.0:" + port_text + " for every network");
  if (host.empty()) {
    return unusable("has no host; write 127.0.0.1:" + port_text + " for this machine alone, or 0.0.0.0:" + port_text +
                    " for every network");
  }
  const auto numeric = canonical_v4(host);
  if (numeric.empty()) {
    return unusable("has a host name, and names are not looked up here; write the numeric address, such as 127.0.0.1:" +
                    port_text);
  }
  return Address{numeric, port, ""};
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  if (text.empty()) return unusable("is empty; write one such as 127.0.0.1:8484");
  if (text.starts_with("unix:")) return parse_socket(text.substr(5));
  if (text.find("://") != std::string_view::npos)
    return unusable("is a URL; write only the part such as 127.0.0.1:8484");
  if (text.starts_with('[')) return parse_v6(text);

  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (const auto port = parse_port(text)) return parse_v4("", *port);
    return unusable("has no port; write it like 127.0.0.1:8484");
  }
  if (colon != text.rfind(':')) return unusable("has an IPv6 address without brackets; write it like [::1]:8484");
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return unusable("needs a port from 0 to 65535 after its colon");
  return parse_v4(text.substr(0, colon), *port);
}

bool Address::is_loopback() const {
  return !unix_path.empty() || host == "::1" || host.starts_with("127.") || host.starts_with("::ffff:127.");
}

std::string Address::text() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  return bracketed(host) + ":" + std::to_string(port);
}

}  // namespace pointsman::config
