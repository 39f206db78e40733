#include "pointsman/proxy/client_message.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pointsman::proxy {
namespace {

using http::frame;
using http::Opcode;

constexpr http::FrameMask key{1, 2, 3, 4};

std::string masked(Opcode opcode, std::string_view payload, bool final = true) {
  std::string bytes = frame(opcode, payload, key);
  if (!final) bytes[0] = static_cast<char>(bytes[0] & 0x7f);
  return bytes;
}

struct Outcome {
  ClientMessage::State state = ClientMessage::State::need_more;
  std::string text;
  std::string frames;
  std::string answers;
  std::string rest;
  int code = 0;

  bool operator==(const Outcome&) const = default;
};

Outcome feed(const std::string& bytes, std::size_t split, std::size_t largest = 1000) {
  ClientMessage message(largest);
  Outcome outcome;
  std::string held;
  for (const auto& piece : {bytes.substr(0, split), bytes.substr(split)}) {
    held += piece;
    held.erase(0, message.feed(held));
    outcome.answers += message.take_answers();
  }
  outcome.state = message.state();
  outcome.text = message.text();
  outcome.frames = message.frames();
  outcome.code = message.code();
  if (outcome.state == ClientMessage::State::complete) outcome.rest = held;
  return outcome;
}

TEST(ClientMessage, IsCollectedWhereverItIsSplit) {
  using State = ClientMessage::State;
  const std::string begin = masked(Opcode::text, "{\"a\":", false);
  const std::string end = masked(Opcode::continuation, "1}");
  const std::string ping = masked(Opcode::ping, "p");
  const std::string next = masked(Opcode::text, "next");
  struct Case {
    std::string bytes;
    Outcome outcome;
  };
  const std::vector<Case> cases{
      {masked(Opcode::text, "{}"), {State::complete, "{}", masked(Opcode::text, "{}"), "", "", 0}},
      {begin + end + next, {State::complete, "{\"a\":1}", begin + end, "", next, 0}},
      {begin + ping + end, {State::complete, "{\"a\":1}", begin + end, frame(Opcode::pong, "p"), "", 0}},
      {masked(Opcode::pong, "x") + end, {State::refused, "", "", "", "", 1002}},
      {masked(Opcode::close, "\x03\xe8why"), {State::closed, "", "", frame(Opcode::close, "\x03\xe8"), "", 0}},
      {masked(Opcode::close, ""), {State::closed, "", "", frame(Opcode::close, ""), "", 0}},
      {masked(Opcode::binary, "{}"), {State::refused, "", "", "", "", 1003}},
      {frame(Opcode::text, "{}"), {State::refused, "", "", "", "", 1002}},
      {begin, {State::need_more, "{\"a\":", begin, "", "", 0}},
  };
  for (const auto& each : cases) {
    for (std::size_t split = 0; split <= each.bytes.size(); ++split) {
      ASSERT_EQ(feed(each.bytes, split), each.outcome) << testing::PrintToString(each.bytes) << " at " << split;
    }
  }
}

TEST(ClientMessage, MayBeOneOfManyWithControlsBetween) {
  const std::string first = masked(Opcode::text, "{}");
  const std::string begin = masked(Opcode::text, "[", false);
  const std::string ping = masked(Opcode::ping, "p");
  const std::string end = masked(Opcode::continuation, "]");
  const std::string close = masked(Opcode::close, "\x03\xe8");
  const std::string bytes = first + begin + ping + end + close;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    ClientMessage message(100, ClientMessage::Controls::passed);
    std::string texts;
    std::string frames;
    std::string controls;
    for (std::size_t at = 0; at < bytes.size();) {
      const auto piece = std::string_view(bytes).substr(at, size);
      at += message.feed(piece);
      controls += message.take_answers();
      if (message.state() != ClientMessage::State::complete) continue;
      texts += message.text();
      frames += message.frames();
      message.next();
    }
    ASSERT_EQ(texts, "{}[]") << size;
    ASSERT_EQ(frames, first + begin + end) << size;
    ASSERT_EQ(controls, ping + close) << size;
  }
}

TEST(ClientMessage, IsNoLargerThanARequestMayBe) {
  const std::string half = masked(Opcode::text, "12345", false);
  EXPECT_EQ(feed(half + masked(Opcode::continuation, "67890"), 0, 10).state, ClientMessage::State::complete);
  EXPECT_EQ(feed(half + masked(Opcode::continuation, "67890"), 0, 9).code, 1009);
  EXPECT_EQ(feed(masked(Opcode::text, "12345678901"), 0, 10).code, 1009);
}

}  // namespace
}  // namespace pointsman::proxy
