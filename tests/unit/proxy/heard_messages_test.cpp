#include "pointsman/proxy/heard_messages.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "support/deflating.hpp"

namespace pointsman::proxy {
namespace {

struct Notes final : http::DataListener {
  void data(std::string_view bytes) override { text += bytes; }
  void event_ended() override {
    heard.push_back(text);
    text.clear();
  }

  std::string text;
  std::vector<std::string> heard;
};

class HeardMessage : public testing::Test {
 protected:
  static constexpr std::uint8_t squeezed = 4;

  void agree(const char* extensions) { hears_.emplace(listeners_, extensions); }
  // Its payload in pieces of so many bytes.
  void say(std::string_view payload, std::uint8_t reserved = 0, std::size_t piece = 3) {
    hears_->begin({.final = true, .reserved = reserved, .opcode = http::Opcode::text, .mask = {}, .size = 0});
    for (std::size_t at = 0; at < payload.size(); at += piece) hears_->data(payload.substr(at, piece));
    hears_->ended();
  }
  const std::vector<std::string>& heard() const { return notes_.heard; }
  using Texts = std::vector<std::string>;

  Notes notes_;
  std::array<http::DataListener*, 1> listeners_{&notes_};
  std::optional<HeardMessages> hears_{std::in_place, listeners_, std::nullopt};
  test::Deflating deflating_;
};

TEST_F(HeardMessage, IsAsItCameWithoutAnExtension) {
  say("one");
  say("");
  say("two");
  EXPECT_EQ(heard(), (Texts{"one", "", "two"}));
  EXPECT_FALSE(hears_->has_missed());
}

TEST_F(HeardMessage, IsInflatedWithWhatCameBefore) {
  const std::string text = R"({"type":"response.done","response":{}})";
  for (const auto* extensions : {"permessage-deflate", "Permessage-Deflate; server_no_context_takeover"}) {
    for (const std::size_t piece : {1u, 2u, 7u, 1'000u}) {
      notes_.heard.clear();
      agree(extensions);
      test::Deflating deflating;
      for (int i = 0; i < 3; ++i) say(deflating.message(text), squeezed, piece);
      say("plain", 0, piece);
      say(std::string(1, '\0'), squeezed, piece);  // nothing (RFC 7692 §7.2.3.6)
      say(deflating.message(text), squeezed, piece);
      EXPECT_EQ(heard(), (Texts{text, text, text, "plain", "", text})) << piece;
    }
  }
}

TEST_F(HeardMessage, OfAnotherExtensionIsNotHeard) {
  for (const auto* extensions : {"x-other", "permessage-deflate, x-other", "permessage-deflated"}) {
    agree(extensions);
    say(deflating_.message("unheard"), squeezed);
    say("other", 2);
    say("plain");
  }
  agree("permessage-deflate");
  say("other", squeezed | 2);
  EXPECT_EQ(heard(), (Texts{"plain", "plain", "plain"}));
  EXPECT_TRUE(hears_->has_missed());
}

TEST_F(HeardMessage, ThatIsBrokenIsTheLast) {
  agree("permessage-deflate");
  say(deflating_.message("first"), squeezed);
  say("\xff\xff\xff\xff", squeezed);
  say(deflating_.message("later"), squeezed);
  say("plain");
  EXPECT_EQ(heard(), Texts{"first"});
}

// The stream of an endpoint that ends it (BFINAL) would go on with another one.
TEST_F(HeardMessage, ThatEndsTheStreamIsTheLast) {
  agree("permessage-deflate");
  say(std::string("\x03\x00", 2), squeezed);
  say(deflating_.message("later"), squeezed);
  EXPECT_TRUE(heard().empty());
}

TEST_F(HeardMessage, ThatStandsForTooMuchIsTheLast) {
  agree("permessage-deflate");
  const std::string bomb = deflating_.message(std::string(HeardMessages::most_dense * 2, 'x'));
  ASSERT_LT(bomb.size() * HeardMessages::densest, HeardMessages::most_dense);
  EXPECT_FALSE(hears_->has_missed());
  say(bomb, squeezed, bomb.size());
  EXPECT_TRUE(hears_->has_missed());
  say(deflating_.message("later"), squeezed);
  EXPECT_TRUE(heard().empty());
  EXPECT_LT(notes_.text.size(), HeardMessages::most_dense * 3 / 2);
}

// Silence, for one, in the base64 of Realtime.
TEST_F(HeardMessage, MayBeDenseNowAndThen) {
  agree("permessage-deflate");
  const std::string silence(HeardMessages::most_dense / 4, 'A');
  const auto say_whole = [&](const std::string& text) {
    const auto payload = deflating_.message(text);
    say(payload, squeezed, payload.size());
  };
  for (int i = 0; i < 3; ++i) {
    say_whole(silence);
    say_whole("later");
  }
  EXPECT_EQ(heard(), (Texts{silence, "later", silence, "later", silence, "later"}));
  EXPECT_FALSE(hears_->has_missed());
  for (int i = 0; i < 3; ++i) say_whole(silence);
  EXPECT_TRUE(hears_->has_missed()) << "on and on costs the worker's time";
}

}  // namespace
}  // namespace pointsman::proxy
