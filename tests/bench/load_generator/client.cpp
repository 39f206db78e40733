#include "client.hpp"

#include <algorithm>
#include <utility>

#include "wire/messages.hpp"

namespace pointsman::bench {
namespace {

const std::string& expected() {
  static const std::string body = answer_body();
  return body;
}

}  // namespace

Client::Client(const Plan& plan, std::size_t number)
    : socket_(Socket::connect(plan.port)), request_(chat_request(plan.model, false, number)) {}

bool Client::send() {
  reader_.reset();
  received_ = 0;
  if (socket_.send(request_) == static_cast<std::ptrdiff_t>(request_.size())) return true;
  fail("a request could not be sent");
  return false;
}

Client::Outcome Client::receive(std::span<char> room) {
  const auto size = socket_.receive(room);
  if (size == 0) return Outcome::waiting;
  if (size < 0) return fail("the connection was closed before the answer's end");
  bool same = true;
  const bool read = reader_.read({room.data(), static_cast<std::size_t>(size)}, [&](std::string_view piece) {
    same = same && std::string_view(expected()).substr(std::min(received_, expected().size())).starts_with(piece);
    received_ += piece.size();
  });
  if (!read) return fail(reader_.failure());
  if (!same) return fail("an answer's body is not what the upstream sent");
  if (!reader_.done()) return Outcome::waiting;
  return received_ == expected().size() ? Outcome::answered : fail("an answer's body is too short");
}

Client::Outcome Client::fail(std::string what) {
  failure_ = std::move(what);
  return Outcome::failed;
}

}  // namespace pointsman::bench
