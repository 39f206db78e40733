#include "message.hpp"
#include "pointsman/proxy/heads.hpp"

namespace pointsman::fuzz {
namespace {

http::BodyKind kind_of(proxy::OutgoingFraming framing) {
  switch (framing) {
    case proxy::OutgoingFraming::none: return http::BodyKind::none;
    case proxy::OutgoingFraming::length: return http::BodyKind::length;
    case proxy::OutgoingFraming::chunked: return http::BodyKind::chunked;
    case proxy::OutgoingFraming::until_close: return http::BodyKind::until_close;
  }
  return http::BodyKind::none;
}

bool is_ours(std::string_view name) {
  const auto is_name = [&](std::string_view each) { return http::equal_ignoring_case(each, name); };
  return is_name("connection") || is_name("content-length") || is_name("transfer-encoding") ||
         is_name("x-request-id") || is_name("x-pointsman-endpoint") || is_name("x-accel-buffering");
}

}  // namespace
}  // namespace pointsman::fuzz

// What leaves for a client: whatever an endpoint answered that came through the gate, the client sees one head with our
// framing, and nothing that belongs to the endpoint's connection. The first byte says whether the request was a HEAD,
// and of which version the client is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto bytes = fuzz::text_of(data, size);
  const auto choice = fuzz::take_byte(bytes);
  const bool answers_head_request = choice % 2 == 1;
  const http::Limits limits;
  fuzz::Message<http::ResponseHead> answer;
  if (!accept(bytes, limits, answer, answers_head_request)) return 0;
  if (answer.head.status < 200) return 0;  // those stop at the gateway

  http::RequestHead request;
  request.minor_version = choice / 2 % 2;
  const auto outgoing = proxy::outgoing_framing(answer.framing, request);
  const bool keep_alive = outgoing != proxy::OutgoingFraming::until_close;
  const auto sent =
      proxy::response_head(answer.head, answer.framing, outgoing, keep_alive, {"req_0123456789", "endpoint-1"});

  // Our fields come on top of the endpoint's.
  http::Limits wider = limits;
  wider.head += 1024;
  wider.fields += 5;
  fuzz::Message<http::ResponseHead> received;
  fuzz::require(accept(sent, wider, received, answers_head_request), "what we send passes a strict gate");
  fuzz::require(received.head_size == sent.size(), "and is one head");
  fuzz::require(received.head.status == answer.head.status, "with the status");
  fuzz::require(received.framing.kind == fuzz::kind_of(outgoing), "with our framing");
  fuzz::require(received.framing.keep_alive == keep_alive, "and our will to go on");
  if (outgoing == proxy::OutgoingFraming::length) {
    fuzz::require(received.framing.length == answer.framing.length, "with the length of the body");
  }
  fuzz::require(received.head.fields.count("x-request-id") >= 1, "with a request id");
  for (const auto& field : received.head.fields) {
    if (fuzz::is_ours(field.name)) continue;
    fuzz::require(!fuzz::is_of_connection(field.name, answer.head.fields),
                  "without a field of the endpoint's connection");
  }
  return 0;
}
