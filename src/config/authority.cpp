#include "pointsman/config/authority.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include "pointsman/config/characters.hpp"
#include "pointsman/config/quantities.hpp"

namespace pointsman::config {
namespace {

// The final NUL belongs to the socket's name.
constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

std::string canonical(int family, std::string_view host) {
  in6_addr bytes{};  // the larger of the two kinds
  if (inet_pton(family, std::string(host).c_str(), &bytes) != 1) return "";
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, &bytes, text, sizeof text);
}

}  // namespace

std::string bracketed(std::string_view host) {
  return host.find(':') == std::string_view::npos ? std::string(host) : "[" + std::string(host) + "]";
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_whole_number(text);
  if (!number || *number > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

std::string canonical_v4(std::string_view host) { return canonical(AF_INET, host); }
std::string canonical_v6(std::string_view host) { return canonical(AF_INET6, host); }

std::string socket_path(std::string_view text, std::string& complaint) {
  if (text.starts_with("//")) text.remove_prefix(2);
  if (!text.starts_with('/')) {
    complaint = "needs an absolute path after unix:, such as unix:/run/name.sock";
  } else if (text.size() > longest_socket_path) {
    complaint = "has a socket path of more than " + std::to_string(longest_socket_path) +
                " bytes, which the system does not take; use a shorter one";
  } else if (find_unfit(text) != std::string_view::npos) {
    complaint = "contains a control character, or is not UTF-8";
  }
  return std::string(text);
}

}  // namespace pointsman::config
