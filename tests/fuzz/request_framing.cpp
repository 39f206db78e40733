#include "message.hpp"

// The gate for requests: what it lets through means one thing only. Written out again from what we understood, it is
// understood the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto bytes = fuzz::text_of(data, size);
  const auto seed = fuzz::take_byte(bytes);
  const http::Limits limits;
  fuzz::require_that_splits_do_not_matter(bytes, seed, limits);

  fuzz::Message<http::RequestHead> message;
  if (!accept(bytes, limits, message)) return 0;
  const auto& [head, framing, head_size] = message;
  fuzz::require(bytes.substr(0, head_size).ends_with("\r\n\r\n"), "a head ends with an empty line");
  fuzz::require(head.target.find_first_of(" \t\r\n") == std::string_view::npos, "a target is one word");
  fuzz::require_plain(head.fields);
  fuzz::require_one_length(head.fields, framing);
  const bool says_length = head.fields.count("content-length") + head.fields.count("transfer-encoding") > 0;
  fuzz::require(says_length == (framing.kind != http::BodyKind::none), "a body is there if a field says so");

  std::string again(head.method);
  again.append(" ").append(head.target).append(" HTTP/1.").append(std::to_string(head.minor_version)).append("\r\n");
  fuzz::append_fields(again, head.fields);
  http::Limits wider = limits;
  wider.head = again.size() + 1;
  fuzz::Message<http::RequestHead> reread;
  fuzz::require(accept(again, wider, reread), "what passed once passes again");
  fuzz::require(reread.head_size == again.size(), "and ends where it ended");
  fuzz::require(reread.head.method == head.method && reread.head.target == head.target, "with the same line");
  fuzz::require(fuzz::same(reread.head.fields, head.fields), "with the same fields");
  fuzz::require(fuzz::same(reread.framing, framing), "with the same framing");
  return 0;
}
