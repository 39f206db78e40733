#include "pointsman/config/url.hpp"

#include <algorithm>
#include <array>

#include "pointsman/base/hexadecimal.hpp"
#include "pointsman/config/authority.hpp"
#include "pointsman/config/characters.hpp"

// By hand, because Boost.URL 1.81 takes "http://host:port:80" and the like for well-formed.
namespace pointsman::config {
namespace {

constexpr std::size_t longest_url = 2'048;
constexpr std::size_t longest_host = 253;

// What people paste from an example of a request: the route of one API, where the base of all of them is needed.
constexpr std::array<std::string_view, 11> routes{
    "/chat/completions",  "/completions", "/responses",   "/embeddings",           "/models",
    "/messages",          "/rerank",      "/moderations", "/audio/transcriptions", "/audio/speech",
    "/images/generations"};

Error unusable(std::string what) {
  return {ErrorCode::invalid_input, Origin::ourselves, false, "the URL " + std::move(what)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_small_letter(c) || (c >= 'A' && c <= 'Z'); }
bool is_hexadecimal(char c) { return hexadecimal_value(c) >= 0; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) c = is_letter(c) ? static_cast<char>(c | 0x20) : c;
  return result;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= longest_host && std::all_of(host.begin(), host.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
  });
}

// RFC 3986, section 3.3: segments of pchar.
bool is_path(std::string_view path) {
  for (std::size_t at = 0; at < path.size(); ++at) {
    const char c = path[at];
    if (c == '%') {
      if (path.size() < at + 3 || !is_hexadecimal(path[at + 1]) || !is_hexadecimal(path[at + 2])) return false;
    } else if (!is_letter(c) && !is_digit(c) &&
               std::string_view("/-._~!$&'()*+,;=:@").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool has_odd_segment(std::string_view path) {
  const auto closed = std::string(path) + "/";
  return closed.find("//") != std::string::npos || closed.find("/./") != std::string::npos ||
         closed.find("/../") != std::string::npos;
}

// v1, v1beta, v2: "v", digits, and then digits or small letters.
bool is_version(std::string_view segment) {
  return segment.size() >= 2 && segment[0] == 'v' && is_digit(segment[1]) &&
         std::all_of(segment.begin() + 2, segment.end(), [](char c) { return is_digit(c) || is_small_letter(c); });
}

std::string_view last_segment(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view without_last_segment(std::string_view path) {
  return path.substr(0, path.size() - last_segment(path).size() - 1);
}

bool has_version(std::string_view path) {
  for (; !path.empty(); path = without_last_segment(path)) {
    if (is_version(last_segment(path))) return true;
  }
  return false;
}

// The route of one API at the end of a path; "" if there is none. Below no version only the unmistakable one counts: a
// server may well have /models or /responses as its prefix.
std::string_view route_at_end(std::string_view path) {
  for (const auto route : routes) {
    if (path.ends_with(route) && (route == routes.front() || has_version(path))) return route;
  }
  return "";
}

Result<Url> parse_socket(std::string_view text) {
  std::string complaint;
  Url url;
  url.scheme = "unix";
  url.base_path = "/v1";
  url.unix_path = socket_path(text, complaint);
  if (!complaint.empty()) return unusable(std::move(complaint));
  return url;
}

// Whatever stands before the host's @. Looked for first of all, because no later message may repeat it.
bool has_credentials(std::string_view text) {
  const auto scheme = text.find("://");
  const auto authority = text.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
  return authority.substr(0, authority.find_first_of("/?#")).find('@') != std::string_view::npos;
}

// Fills in the host and the port from "host", "host:port" and "[v6]:port". Returns what is wrong, "" if nothing is.
std::string read_authority(std::string_view authority, Url& url) {
  const bool is_v6 = authority.starts_with('[');
  const auto end_of_host = std::min(authority.find(is_v6 ? ']' : ':'), authority.size());
  const auto host = authority.substr(is_v6 ? 1 : 0, end_of_host - (is_v6 ? 1 : 0));
  if (host.empty() && !is_v6) return "has no host; write it like http://127.0.0.1:11434";

  url.host = is_v6 ? canonical_v6(host) : lower(host);
  const bool is_closed = end_of_host < authority.size();
  if (is_v6 && (url.host.empty() || !is_closed)) {
    return "has no numeric IPv6 address in its brackets; write it like http://[::1]:8000";
  }
  if (!is_v6 && !is_host_name(host)) return "has a host that is neither a name of at most 253 letters nor an address";

  url.port = url.scheme == "https" ? 443 : 80;
  const auto rest = authority.substr(is_v6 ? end_of_host + 1 : end_of_host);
  if (rest.empty() || rest == ":") return "";
  const auto port = parse_port(rest.substr(1));
  if (rest[0] != ':' || !port || *port == 0) return "has a port that is not a number from 1 to 65535";
  url.port = *port;
  return "";
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (text.empty()) return unusable("is empty; write one such as http://127.0.0.1:11434");
  if (text.size() > longest_url) return unusable("is longer than " + std::to_string(longest_url) + " bytes");
  if (text.starts_with("unix:")) return parse_socket(text.substr(5));
  if (!is_visible_ascii(text)) return unusable("contains a space, a control character or a letter that is not ASCII");
  if (has_credentials(text)) return unusable("contains credentials; take them out and use api_key");
  if (text.find_first_of("?#") != std::string_view::npos) {
    return unusable("contains a query or a fragment; end it before the ? or #, and write a key as api_key");
  }
  const auto end_of_scheme = text.find("://");
  if (end_of_scheme == std::string_view::npos) return unusable("has no scheme; write http://" + std::string(text));

  Url url;
  url.scheme = lower(text.substr(0, end_of_scheme));
  if (url.scheme != "http" && url.scheme != "https") return unusable("must begin with http://, https:// or unix:/");

  const auto rest = text.substr(end_of_scheme + 3);
  const auto end_of_authority = std::min(rest.find('/'), rest.size());
  auto wrong = read_authority(rest.substr(0, end_of_authority), url);
  if (!wrong.empty()) return unusable(std::move(wrong));

  auto path = rest.substr(end_of_authority);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!is_path(path)) return unusable("has a character in its path that must be percent-encoded, such as %20");
  if (has_odd_segment(path)) {
    return unusable("has an empty segment, a . or a .. in its path; write the path that is meant");
  }
  if (const auto route = route_at_end(path); !route.empty()) {
    url.base_path = path.substr(0, path.size() - route.size());
    return unusable("ends with " + std::string(route) + ", the route of one API; write " + url.text());
  }
  url.base_path = has_version(path) ? std::string(path) : std::string(path) + "/v1";
  url.root_path = is_version(last_segment(url.base_path)) ? without_last_segment(url.base_path) : url.base_path;
  return url;
}

std::string Url::authority() const {
  if (scheme == "unix") return "localhost";
  const auto shown = bracketed(host);
  return port == (scheme == "https" ? 443 : 80) ? shown : shown + ":" + std::to_string(port);
}

std::string Url::text() const {
  return scheme == "unix" ? "unix:" + unix_path : scheme + "://" + authority() + base_path;
}

}  // namespace pointsman::config
