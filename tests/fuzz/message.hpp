#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>

#include "input.hpp"
#include "pointsman/http/framing.hpp"
#include "pointsman/http/head.hpp"

// A message as the gateway takes it: first the scan, then the parser, then the framing gate.
namespace pointsman::fuzz {

template <class Head>
struct Message {
  Head head;
  http::Framing framing;
  std::size_t head_size = 0;
};

inline bool passes(const http::RequestHead& head, http::Framing& framing, bool) { return !judge(head, framing); }
inline bool passes(const http::ResponseHead& head, http::Framing& framing, bool answers_head_request) {
  return !judge(head, answers_head_request, framing);
}

// False: the message is refused, or its head is not whole.
template <class Head>
bool accept(std::string_view bytes, const http::Limits& limits, Message<Head>& message,
            bool answers_head_request = false) {
  http::HeadScan scan;
  if (scan.step(bytes, limits) != http::HeadScan::State::complete) return false;
  message.head_size = scan.size();
  return !parse(bytes.substr(0, scan.size()), limits, message.head) &&
         passes(message.head, message.framing, answers_head_request);
}

// A scan sees the same however the bytes come.
inline void require_that_splits_do_not_matter(std::string_view bytes, std::uint8_t seed, const http::Limits& limits) {
  http::HeadScan at_once;
  const auto expected = at_once.step(bytes, limits);
  http::HeadScan scan;
  auto state = http::HeadScan::State::need_more;
  std::string came;
  for (const auto& piece : split(bytes, seed)) {
    came += piece;
    state = scan.step(came, limits);
    if (state != http::HeadScan::State::need_more) break;
  }
  require(state == expected, "a head's scan does not depend on splits");
  if (state == http::HeadScan::State::complete) require(scan.size() == at_once.size(), "nor does the head's size");
}

// Whoever writes the field out again writes one field.
inline void require_plain(const http::Fields& fields) {
  const auto is_plain = [](std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
  };
  for (const auto& field : fields) {
    require(!field.name.empty() && field.name.find_first_of(" \t:") == std::string_view::npos,
            "a field's name is a token");
    require(is_plain(field.name) && is_plain(field.value), "no field holds a line end or NUL");
  }
}

// What the gate let through has one length, whoever reads it: the same number each time, or chunked once, or nothing.
inline void require_one_length(const http::Fields& fields, const http::Framing& framing) {
  std::size_t encodings = 0;
  std::size_t lengths = 0;
  for (const auto& field : fields) {
    if (http::equal_ignoring_case(field.name, "transfer-encoding")) {
      ++encodings;
      require(http::equal_ignoring_case(field.value, "chunked"), "an encoding that passes is chunked");
    } else if (http::equal_ignoring_case(field.name, "content-length")) {
      std::istringstream list{std::string(field.value)};
      for (std::string length; std::getline(list, length, ','); ++lengths) {
        const bool told = framing.kind == http::BodyKind::length;
        require(!told || std::stoull(length) == framing.length, "every length is the one that counts");
      }
    }
  }
  require(encodings <= 1 && (encodings == 0 || lengths == 0), "there is one framing");
  require(framing.kind != http::BodyKind::chunked || encodings == 1, "chunked is what a field says");
  require(framing.kind != http::BodyKind::length || lengths > 0, "a length is what a field says");
}

// Whether a field belongs to the connection that it came on (RFC 9110 §7.6.1), found the plain way.
inline bool is_of_connection(std::string_view name, const http::Fields& came) {
  for (const std::string_view each :
       {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade",
        "proxy-connection", "proxy-authenticate", "proxy-authorization", "http2-settings"}) {
    if (http::equal_ignoring_case(name, each)) return true;
  }
  for (const auto& field : came) {
    if (!http::equal_ignoring_case(field.name, "connection")) continue;
    std::istringstream options{std::string(field.value)};
    for (std::string option; std::getline(options, option, ',');) {
      const auto begin = option.find_first_not_of(" \t");
      const auto end = option.find_last_not_of(" \t");
      if (begin == std::string::npos) continue;
      if (http::equal_ignoring_case(name, std::string_view(option).substr(begin, end + 1 - begin))) return true;
    }
  }
  return false;
}

inline bool same(const http::Fields& a, const http::Fields& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const http::Field& x, const http::Field& y) { return x.name == y.name && x.value == y.value; });
}

inline void append_fields(std::string& text, const http::Fields& fields) {
  for (const auto& field : fields) text.append(field.name).append(": ").append(field.value).append("\r\n");
  text += "\r\n";
}

inline bool same(const http::Framing& a, const http::Framing& b) {
  return a.kind == b.kind && a.length == b.length && a.keep_alive == b.keep_alive;
}

}  // namespace pointsman::fuzz
