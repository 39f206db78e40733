#include "pointsman/demo/words.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

namespace pointsman::demo {
namespace {

TEST(Words, AreTheTextWhenPutTogether) {
  struct Case {
    std::string text;
    std::vector<std::string> pieces;
  };
  const std::vector<Case> cases{
      {"", {}},
      {" \n", {}},
      {"one", {"one"}},
      {"two words", {"two", " words"}},
      {"  more\nspace \t between ", {"  more", "\nspace", " \t between "}},
      {"grüße 世界", {"grüße", " 世界"}},
  };
  for (const auto& [text, pieces] : cases) {
    EXPECT_EQ(words(text), pieces) << text;
    EXPECT_EQ(count_words(text), pieces.size()) << text;
    if (!pieces.empty()) EXPECT_EQ(std::accumulate(pieces.begin(), pieces.end(), std::string()), text);
  }
}

TEST(Words, OfContentAsStringOrParts) {
  EXPECT_EQ(text_of("plain"), "plain");
  EXPECT_EQ(text_of(Json::parse(R"([{"type":"text","text":"a"},{"type":"image_url"},{"type":"text","text":" b"}])")),
            "a b");
  EXPECT_EQ(text_of(nullptr), "");
}

TEST(Words, OfTheUserThatCameLast) {
  const auto messages = Json::parse(R"([{"role":"system","content":"be brief"},{"role":"user","content":"first"},
      {"role":"user","content":"last one"},{"role":"assistant","content":"x"}])");
  EXPECT_EQ(last_of_user(messages), "last one");
  EXPECT_EQ(count_words_of_messages(messages), 6u);
  EXPECT_EQ(last_of_user(Json::array()), std::nullopt);
  EXPECT_EQ(last_of_user("no list"), std::nullopt);
}

}  // namespace
}  // namespace pointsman::demo
