#include "message.hpp"

// The gate for answers of endpoints, as request_framing.cpp; an odd first byte makes it the answer to HEAD.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto bytes = fuzz::text_of(data, size);
  const auto seed = fuzz::take_byte(bytes);
  const bool answers_head_request = seed % 2 == 1;
  const http::Limits limits;
  fuzz::require_that_splits_do_not_matter(bytes, seed, limits);

  fuzz::Message<http::ResponseHead> message;
  if (!accept(bytes, limits, message, answers_head_request)) return 0;
  const auto& [head, framing, head_size] = message;
  fuzz::require(bytes.substr(0, head_size).ends_with("\r\n\r\n"), "a head ends with an empty line");
  fuzz::require(head.status >= 100 && head.status <= 999, "a status has three digits");
  fuzz::require(head.reason.find_first_of("\r\n") == std::string_view::npos, "a reason is on one line");
  fuzz::require(!answers_head_request || framing.kind == http::BodyKind::none, "an answer to HEAD has no body");
  fuzz::require_plain(head.fields);
  fuzz::require_one_length(head.fields, framing);

  std::string again = "HTTP/1." + std::to_string(head.minor_version) + " " + std::to_string(head.status) + " ";
  again.append(head.reason).append("\r\n");
  fuzz::append_fields(again, head.fields);
  http::Limits wider = limits;
  wider.head = again.size() + 1;
  fuzz::Message<http::ResponseHead> reread;
  fuzz::require(accept(again, wider, reread, answers_head_request), "what passed once passes again");
  fuzz::require(reread.head_size == again.size(), "and ends where it ended");
  fuzz::require(reread.head.status == head.status && reread.head.reason == head.reason, "with the same line");
  fuzz::require(fuzz::same(reread.head.fields, head.fields), "with the same fields");
  fuzz::require(fuzz::same(reread.framing, framing), "with the same framing");
  return 0;
}
