#include <optional>

#include "decoded.hpp"
#include "message.hpp"
#include "pointsman/proxy/heads.hpp"

namespace pointsman::fuzz {
namespace {

using Request = Message<http::RequestHead>;

// Nothing: it is not whole, or malformed.
std::optional<std::string> body_of(std::string_view behind_head, const http::Framing& framing,
                                   const http::Limits& limits) {
  if (framing.kind == http::BodyKind::none) return "";
  if (framing.kind == http::BodyKind::chunked) {
    auto decoded = decode({std::string(behind_head)}, limits);
    if (!decoded.done) return std::nullopt;
    return std::move(decoded.payload);
  }
  if (behind_head.size() < framing.length) return std::nullopt;
  return std::string(behind_head.substr(0, static_cast<std::size_t>(framing.length)));
}

bool is_ours(std::string_view name) {
  return http::equal_ignoring_case(name, "host") || http::equal_ignoring_case(name, "authorization") ||
         http::equal_ignoring_case(name, "content-length");
}

}  // namespace
}  // namespace pointsman::fuzz

// What leaves for an endpoint: whatever a client sent that came through the gate, the endpoint sees exactly one message
// with the same body, our framing, and nothing that belongs to the client's connection.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  const auto bytes = fuzz::text_of(data, size);
  const http::Limits limits;
  fuzz::Request request;
  if (!accept(bytes, limits, request)) return 0;
  const auto body = fuzz::body_of(bytes.substr(request.head_size), request.framing, limits);
  if (!body) return 0;

  registry::SnapshotEndpoint endpoint;
  endpoint.url.base_path = "/v1";
  endpoint.host_header = "endpoint:8000";
  endpoint.authorization = Secret("Bearer theirs");
  const auto sent =
      proxy::request_head(request.head, endpoint, endpoint.url.base_path, "/chat/completions", body->size()) + *body;

  // Our fields come on top of the client's.
  http::Limits wider = limits;
  wider.head += 1024;
  wider.fields += 3;
  wider.target += 1024;
  fuzz::Request received;
  fuzz::require(accept(sent, wider, received), "what we send passes a strict gate");
  fuzz::require(received.framing.length == body->size(), "with the length of the body");
  fuzz::require(std::string_view(sent).substr(received.head_size) == *body, "with the body and nothing behind it");
  const auto& fields = received.head.fields;
  fuzz::require(received.head.method == request.head.method, "with the method");
  fuzz::require(fields.find("host") == "endpoint:8000" && fields.count("host") == 1, "with the endpoint's host");
  fuzz::require(fields.find("authorization") == "Bearer theirs" && fields.count("authorization") == 1,
                "with the endpoint's key and no other");
  fuzz::require(fields.count("x-api-key") == 0, "without the client's key");
  const auto method = received.head.method;
  const bool says_none = body->empty() && (method == "GET" || method == "HEAD" || method == "DELETE");
  fuzz::require(fields.count("content-length") == (says_none ? 0 : 1), "with one length where a body means something");
  for (const auto& field : fields) {
    if (fuzz::is_ours(field.name)) continue;
    fuzz::require(!fuzz::is_of_connection(field.name, request.head.fields),
                  "without a field of the client's connection");
  }
  return 0;
}
