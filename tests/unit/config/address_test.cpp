#include "pointsman/config/address.hpp"

#include <gtest/gtest.h>

namespace pointsman::config {
namespace {

TEST(ParseAddress, TakesTheNumericFormsAndSockets) {
  struct Row {
    std::string_view written;
    Address expected;
    std::string_view text;
    bool is_loopback;
  };
  const Row rows[] = {
      {"127.0.0.1:8484", {"127.0.0.1", 8484, ""}, "127.0.0.1:8484", true},
      {"127.9.9.9:1", {"127.9.9.9", 1, ""}, "127.9.9.9:1", true},
      {"localhost:8484", {"127.0.0.1", 8484, ""}, "127.0.0.1:8484", true},
      {"0.0.0.0:8484", {"0.0.0.0", 8484, ""}, "0.0.0.0:8484", false},
      {"12.7.0.1:65535", {"12.7.0.1", 65535, ""}, "12.7.0.1:65535", false},
      {"127.0.0.1:0", {"127.0.0.1", 0, ""}, "127.0.0.1:0", true},
      {"[::1]:8484", {"::1", 8484, ""}, "[::1]:8484", true},
      {"[0:0:0:0:0:0:0:1]:8484", {"::1", 8484, ""}, "[::1]:8484", true},
      {"[::ffff:127.0.0.1]:80", {"::ffff:127.0.0.1", 80, ""}, "[::ffff:127.0.0.1]:80", true},
      {"[::]:8484", {"::", 8484, ""}, "[::]:8484", false},
      {"[::ffff:10.0.0.1]:80", {"::ffff:10.0.0.1", 80, ""}, "[::ffff:10.0.0.1]:80", false},
      {"[2001:DB8::1]:8484", {"2001:db8::1", 8484, ""}, "[2001:db8::1]:8484", false},
      {"unix:/run/p.sock", {"", 0, "/run/p.sock"}, "unix:/run/p.sock", true},
      {"unix:///run/p.sock", {"", 0, "/run/p.sock"}, "unix:/run/p.sock", true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.written);
    const auto address = parse_address(row.written);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(*address, row.expected);
    EXPECT_EQ(address->text(), row.text);
    EXPECT_EQ(address->is_loopback(), row.is_loopback);
    EXPECT_EQ(parse_address(address->text()).value(), *address);
  }
}

TEST(ParseAddress, SaysWhatToWrite) {
  const std::string v6_without_brackets = "the address has an IPv6 address without brackets; write it like [::1]:8484";
  const std::string no_host =
      "the address has no host; write 127.0.0.1:8484 for this machine alone, or 0.0.0.0:8484 for every network";
  const std::string name =
      "the address has a host name, and names are not looked up here; write the numeric address, such as 127.0.0.1:80";
  const std::string bad_port = "the address needs a port from 0 to 65535 after its colon";
  const std::string bad_bracket = "the address needs a bracket and a port after the IPv6 address, such as [::1]:8484";
  const struct {
    std::string written;
    std::string message;
  } rows[] = {
      {"", "the address is empty; write one such as 127.0.0.1:8484"},
      {"8484", no_host},
      {":8484", no_host},
      {"*:8484", "the address has a star for its host; write 0.0.0.0:8484 for every network"},
      {"127.0.0.1", "the address has no port; write it like 127.0.0.1:8484"},
      {"127.0.0.1:", bad_port},
      {"127.0.0.1:65536", bad_port},
      {"127.0.0.1:-1", bad_port},
      {"127.0.0.1:80 ", bad_port},
      {"127.0.0.1:http", bad_port},
      {"gateway.example:80", name},
      {"127.1:80", name},
      {"127.0.0.256:80", name},
      {"::1:8484", v6_without_brackets},
      {"[::1]", bad_bracket},
      {"[::1", bad_bracket},
      {"[::1]8484", bad_bracket},
      {"[::1]:", "the address needs a port from 0 to 65535 after its last colon"},
      {"[127.0.0.1]:80", "the address has no numeric IPv6 address in its brackets; write it like [::1]:8484"},
      {"[fe80::1%eth0]:80", "the address has no numeric IPv6 address in its brackets; write it like [::1]:8484"},
      {"http://127.0.0.1:80", "the address is a URL; write only the part such as 127.0.0.1:8484"},
      {"unix:run/p.sock", "the address needs an absolute path after unix:, such as unix:/run/name.sock"},
      {"unix:/" + std::string(107, 'a'),
       "the address has a socket path of more than 107 bytes, which the system does not take; use a shorter one"},
      {"unix:/run/\x01", "the address contains a control character, or is not UTF-8"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.written);
    const auto address = parse_address(row.written);
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().message, row.message);
    EXPECT_EQ(address.error().code, ErrorCode::invalid_input);
  }
}

TEST(ParseAddress, TakesTheLongestSocketPathThatTheSystemTakes) {
  EXPECT_TRUE(parse_address("unix:/" + std::string(106, 'a')));
}

}  // namespace
}  // namespace pointsman::config
