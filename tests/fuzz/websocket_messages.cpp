#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "input.hpp"
#include "padded.hpp"
#include "pointsman/http/websocket_frame.hpp"
#include "pointsman/proxy/client_message.hpp"
#include "pointsman/proxy/create_message.hpp"
#include "pointsman/proxy/heard_messages.hpp"
#include "pointsman/proxy/response_usage.hpp"

namespace pointsman::fuzz {
namespace {

using nlohmann::json;

struct Account final : proxy::SessionAccount {
  struct Told {
    char what;
    payload::Usage usage = {};
    std::string id = {};
    std::uint32_t events = 0;
    bool operator==(const Told&) const = default;
  };

  std::optional<http::ErrorAnswer> refusal_of(const proxy::CreateMessage&, std::string_view, std::size_t) override {
    return std::nullopt;
  }
  void let_in(bool) override {}
  bool must_hear() const override { return true; }
  void response_began(std::string_view id) override { told.push_back({.what = 'b', .id = std::string(id)}); }
  void response_ended(const proxy::EndedResponse& ended) override {
    told.push_back({ended.failed ? 'f' : 'e', ended.usage, std::string(ended.id), ended.pace.events});
  }
  void transcribed(const payload::Usage& usage) override { told.push_back({'t', usage}); }
  void error_told(const payload::Usage& usage) override { told.push_back({'x', usage}); }

  std::vector<Told> told;
};

struct Heard {
  std::vector<Account::Told> told;
  payload::Usage sum;
  bool has_missed = false;
  bool operator==(const Heard&) const = default;
};

// What an endpoint's frames say, as the relay follows them.
Heard hear(const std::vector<std::string>& pieces, std::optional<std::string_view> extensions) {
  Account account;
  Heard heard;
  const ManualClock clock;
  proxy::ResponseUsage usage(account, heard.sum, clock, nullptr);
  const std::array<http::DataListener*, 1> listeners{&usage};
  proxy::HeardMessages hears(listeners, extensions);
  http::FrameReader frames(http::FrameReader::Sender::server);
  if (extensions) frames.allow_reserved_bits();
  using Step = http::FrameReader::Step;
  bool is_malformed = false;
  for (std::string_view piece : pieces) {
    while (!is_malformed) {
      std::size_t taken = 0;
      const auto step = frames.step(piece, taken);
      is_malformed = step == Step::malformed;
      if (is_malformed) break;
      const bool is_heard = !frames.head().is_control();
      if (is_heard && step == Step::payload) hears.data(piece.substr(0, taken));
      const bool begins = step == Step::head && frames.head().opcode != http::Opcode::continuation;
      if (is_heard && begins) hears.begin(frames.head());
      piece.remove_prefix(taken);
      if (step == Step::need_more) break;
      if (frames.ended_message() && is_heard) hears.ended();
    }
  }
  heard.told = account.told;
  heard.has_missed = hears.has_missed();
  return heard;
}

struct Read {
  bool is_read = false;
  std::string model;
  std::string previous_response;
  std::string conversation;
  std::uint32_t most_output = 0;
  bool asks_for_response = false;
  int refused = 0;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view text, char behind) {
  const Padded body(text, behind);
  payload::RequestScanner scanner;
  proxy::CreateMessage message;
  Read result;
  result.is_read = message.read(scanner, body.view());
  require(result.is_read != message.refusal.has_value(), "what is not read is refused");
  if (!result.is_read) {
    result.refused = message.refusal->status;
    return result;
  }
  result.model = message.model;
  result.previous_response = message.previous_response;
  result.conversation = message.conversation;
  result.most_output = message.fields.most_output;
  result.asks_for_response = message.asks_for_response;
  return result;
}

// In one frame, in these pieces; nothing: it is refused before it is read.
std::optional<std::string> collected(const std::vector<std::string>& pieces) {
  proxy::ClientMessage message(1 << 20);
  for (std::string_view piece : pieces) {
    while (!piece.empty() && message.state() == proxy::ClientMessage::State::need_more) {
      const auto taken = message.feed(piece);
      piece.remove_prefix(taken);
      if (taken == 0) break;
    }
  }
  if (message.state() != proxy::ClientMessage::State::complete) return std::nullopt;
  return std::string(message.text());
}

// Whatever another parser, for which the last of two keys holds, takes for a request is one.
void compare(std::string_view text, const Read& found) {
  const auto object = json::parse(text, nullptr, false);
  if (!found.is_read || !object.is_object()) return;
  const auto type = object.value("type", json());
  const bool is_request = !type.is_string() || type.get<std::string>() == "response.create";
  if (is_request) require(found.asks_for_response, "no request is hidden");
  if (type.is_string() && !is_request) require(!found.asks_for_response, "nothing else is a request");
}

}  // namespace
}  // namespace pointsman::fuzz

// Messages over WebSocket: the first byte says how they are split, the second who says them. What an endpoint's frames
// tell of its responses, inflated or not, and what a client's message asks for, does not depend on splits; and no
// client hides a request.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto bytes = fuzz::text_of(data, size);
  const auto seed = fuzz::take_byte(bytes);
  const auto side = fuzz::take_byte(bytes) % 3;
  if (side == 0) {
    const auto found = fuzz::read(bytes, '\0');
    fuzz::require(fuzz::read(bytes, '"') == found, "what stands behind it does not matter");
    fuzz::compare(bytes, found);
    const auto frame = http::frame(http::Opcode::text, bytes, http::FrameMask{'m', 'a', 's', 'k'});
    const auto whole = fuzz::collected({frame});
    fuzz::require(fuzz::collected(fuzz::split(frame, seed)) == whole, "a message does not depend on splits");
    fuzz::require(!whole || *whole == bytes, "a message is what was sent");
    return 0;
  }
  std::optional<std::string_view> extensions;
  if (side == 2) extensions = "permessage-deflate";
  fuzz::require(fuzz::hear(fuzz::split(bytes, seed), extensions) == fuzz::hear({std::string(bytes)}, extensions),
                "what is heard does not depend on splits");
  return 0;
}
