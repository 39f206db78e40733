#include "pointsman/api/decompression.hpp"

#include <algorithm>

namespace pointsman::api {
namespace {

constexpr std::size_t turn = 256 * 1024;  // bytes that are decompressed before others get their turn
constexpr std::size_t first_room = 16 * 1024;
constexpr std::size_t small = 1 << 20;

Error refusal(ErrorCode code, std::string message) { return {code, Origin::client, false, std::move(message)}; }

Error too_large(std::size_t limit) {
  return refusal(ErrorCode::too_large, "The request body is larger, decompressed, than the " + std::to_string(limit) +
                                           " bytes that limits.request_body allows.");
}

Error too_dense() {
  return refusal(ErrorCode::too_large, "The request body decompresses to more than " + std::to_string(max_compression) +
                                           " times its size. Send it uncompressed.");
}

Error over_budget() {
  return {ErrorCode::overloaded, Origin::ourselves, true,
          "The gateway holds as many bytes of requests as limits.buffered allows. Try again."};
}

Error corrupt() {
  return refusal(ErrorCode::invalid_input, "The request body is not what its Content-Encoding says, or is not whole.");
}

}  // namespace

net::Task<Result<std::string_view>> decompress(http::Connection& client, std::string_view body,
                                               payload::Coding coding) {
  const auto limit = client.limits().body;
  const auto dense = std::max(small, body.size() * max_compression);
  const auto most = std::min(limit, dense);
  payload::Decompressor decompressor(coding);
  net::BudgetShare windows(client.budget());
  auto& copy = client.side_copy();
  auto& text = copy.bytes();
  auto end_of_turn = turn;
  for (auto left = body;;) {
    // A byte more than is allowed shows that there is more.
    const auto room = std::min(std::max(first_room, 2 * text.size()), most + 1);
    if (text.free_size() == 0 && !copy.reserve(room)) co_return over_budget();
    const auto free = std::min(text.free_size(), turn);
    const auto step = decompressor.step(left, {text.free_begin(), free});
    text.commit(step.written);
    left.remove_prefix(step.consumed);
    if (decompressor.corrupt()) co_return corrupt();
    if (text.size() > most) co_return most < limit ? too_dense() : too_large(limit);
    if (left.empty() && step.written < free) break;
    if (text.size() < end_of_turn) continue;

    // From here on others decompress as well, and what the libraries keep counts.
    end_of_turn = text.size() + turn;
    if (!windows.grow_to(payload::Decompressor::memory(coding))) co_return over_budget();
    co_await client.worker().end_of_turn();
    if (client.client_left()) co_return refusal(ErrorCode::cancelled, "the client left");
  }
  if (!decompressor.whole()) co_return corrupt();
  co_return text.view();
}

}  // namespace pointsman::api
