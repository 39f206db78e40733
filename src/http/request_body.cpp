#include "pointsman/http/request_body.hpp"

#include <algorithm>
#include <array>

#include "pointsman/http/chunk_decoder.hpp"

namespace pointsman::http {
namespace {

constexpr std::size_t first_room = 1 << 20;  // a client that only announces a large body costs no more than this
constexpr std::size_t chunk_room = 16 * 1024;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

Error fault(ErrorCode code, std::string message) { return {code, Origin::client, false, std::move(message)}; }

Error too_large(std::size_t limit) {
  return fault(ErrorCode::too_large, "The request body is larger than the " + std::to_string(limit) +
                                         " bytes that limits.request_body allows.");
}

Error over_budget() {
  return {ErrorCode::overloaded, Origin::ourselves, true,
          "The gateway holds as many bytes of requests as limits.buffered allows. Try again."};
}

}  // namespace

net::Task<Result<std::string_view>> RequestBody::read(const RequestHead& head, const Framing& framing,
                                                      std::string_view came) {
  const bool chunked = framing.kind == BodyKind::chunked;
  if (!chunked && framing.length > limits_.body) co_return too_large(limits_.body);
  if (came.empty()) co_await invite(head);
  auto result = chunked ? co_await read_chunked(came) : co_await read_sized(framing.length, came);
  stream_.never_expire();
  co_return result;
}

net::Task<> RequestBody::invite(const RequestHead& head) {
  if (head.minor_version == 0 || !head.fields.has_token(FieldName::expect, "100-continue")) co_return;
  const std::array line{net::asio::const_buffer(continue_line.data(), continue_line.size())};
  stream_.expire_at(stream_.worker().now() + limits_.body_pause);
  co_await stream_.write(line);
}

net::Task<Result<std::string_view>> RequestBody::read_sized(std::uint64_t announced, std::string_view came) {
  const auto length = static_cast<std::size_t>(announced);
  if (!share_.grow_to(length)) co_return over_budget();
  body_.reserve(std::min(length, std::max(first_room, came.size())));
  body_.append(came);
  const Pace pace(limits_, stream_.worker().now());
  while (body_.size() < length) {
    if (body_.free_size() == 0) body_.reserve(std::min(length, 2 * body_.size()));
    if (const auto received = co_await receive(pace, body_.size()); !received) co_return received.error();
  }
  // A buffer has room for more than was asked for: what came behind the body is the next request.
  input_.ahead().append(body_.view().substr(length));
  body_.truncate(length);
  co_return body_.view();
}

net::Task<Result<std::string_view>> RequestBody::read_chunked(std::string_view came) {
  ChunkDecoder decoder(limits_);
  const Pace pace(limits_, stream_.worker().now());
  body_.append(came);
  for (std::size_t decoded = 0;;) {
    const auto fresh = body_.size() - decoded;
    const auto step = decoder.decode_in_place({body_.data() + decoded, fresh});
    if (decoder.malformed()) {
      co_return fault(ErrorCode::invalid_input, "The chunked framing of the request body is malformed.");
    }
    decoded += step.payload;
    if (decoded > limits_.body) co_return too_large(limits_.body);
    if (decoder.done()) {
      input_.ahead().append(body_.view().substr(body_.size() - (fresh - step.consumed)));
      body_.truncate(decoded);
      co_return body_.view();
    }
    body_.truncate(decoded);
    if (body_.free_size() == 0) body_.reserve(std::max(body_.size() + chunk_room, 2 * body_.size()));
    if (!share_.grow_to(body_.capacity())) co_return over_budget();
    if (const auto received = co_await receive(pace, decoded); !received) co_return received.error();
  }
}

net::Task<Result<void>> RequestBody::receive(const Pace& pace, std::size_t received) {
  stream_.interrupt_at(pace.next_deadline(stream_.worker().now(), received));
  if (co_await input_.receive(body_, chunk_room)) co_return Result<void>();
  if (stream_.timed_out()) {
    co_return fault(ErrorCode::timeout, "The request body came too slowly: " + std::to_string(received) +
                                            " bytes were there when the gateway gave up.");
  }
  co_return fault(ErrorCode::cancelled, "the client left while sending its request");
}

void RequestBody::release() {
  body_.release();
  share_.release();
}

}  // namespace pointsman::http
