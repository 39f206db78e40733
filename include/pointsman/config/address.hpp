#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pointsman/base/error.hpp"

namespace pointsman::config {

// Where we listen: an address and a port, or a Unix-domain socket.
struct Address {
  std::string host;        // a numeric IPv4 or IPv6 address, without brackets; empty for a Unix-domain socket
  std::uint16_t port = 0;  // 0: the kernel chooses one
  std::string unix_path;   // not empty: a Unix-domain socket

  bool is_loopback() const;  // also true for a Unix-domain socket
  std::string text() const;  // as in the file: 127.0.0.1:8484, [::1]:8484, unix:/run/x.sock
  bool operator==(const Address&) const = default;
};

// 127.0.0.1:8484, [::1]:8484, localhost:8484 (which is 127.0.0.1), unix:/run/pointsman/main.sock. Names are not
// resolved. The error is invalid_input; its message is a sentence about "the address" that says what to write.
Result<Address> parse_address(std::string_view text);

}  // namespace pointsman::config
