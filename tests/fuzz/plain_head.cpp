#include "pointsman/http/plain_head.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <set>

#include "message.hpp"

namespace pointsman::fuzz {
namespace {

namespace beast = boost::beast;

using FieldSet = std::multiset<std::pair<std::string, std::string>>;

template <class Head>
constexpr bool is_request = std::is_same_v<Head, http::RequestHead>;

bool same_line(const beast::http::request_header<>& a, const http::RequestHead& b) {
  return std::string_view(a.method_string()) == b.method && std::string_view(a.target()) == b.target &&
         b.target == std::string(b.path) + std::string(b.query);
}

bool same_line(const beast::http::response_header<>& a, const http::ResponseHead& b) {
  // Of an empty reason Beast makes the usual one.
  return static_cast<int>(a.result_int()) == b.status && (b.reason.empty() || std::string_view(a.reason()) == b.reason);
}

template <class Head>
void compare(std::string_view bytes, bool answers_head_request) {
  const http::Limits limits;
  http::HeadScan scan;
  Head head;
  http::Framing framing;
  if (scan.step(bytes, limits) != http::HeadScan::State::complete) return;
  bytes = bytes.substr(0, scan.size());
  // What Beast says of lengths and encodings is the gate's part.
  if (!http::parse_plain(bytes, limits, head) || !passes(head, framing, answers_head_request)) return;

  beast::http::parser<is_request<Head>, beast::http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.head));
  parser.body_limit(boost::none);
  boost::system::error_code error;
  parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  require(parser.is_header_done(), "Beast accepts what we accept");

  const auto& other = parser.get();
  require(static_cast<int>(other.version()) == 10 + head.minor_version, "both find the same version");
  require(same_line(other, head), "both find the same first line");
  FieldSet ours;
  FieldSet theirs;
  for (const auto& field : head.fields) ours.emplace(field.name, field.value);
  for (const auto& field : other) theirs.emplace(field.name_string(), field.value());
  require(ours == theirs, "both find the same fields");
}

}  // namespace
}  // namespace pointsman::fuzz

// The quick parser for heads of the usual form, against Beast's: it accepts nothing that Beast refuses, and finds the
// same. The first byte says whether it is a request, an answer, or an answer to HEAD.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto bytes = fuzz::text_of(data, size);
  const auto choice = fuzz::take_byte(bytes);
  if (choice % 2 == 0) {
    fuzz::compare<http::RequestHead>(bytes, false);
  } else {
    fuzz::compare<http::ResponseHead>(bytes, choice / 2 % 2 == 1);
  }
  return 0;
}
