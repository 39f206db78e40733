#include "pointsman/payload/kept_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::payload {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::vector<std::string> found_in(std::string_view json, std::size_t piece = std::string_view::npos) {
  KeptNames names;
  while (!json.empty()) {
    names.feed(json.substr(0, piece));
    json.remove_prefix(std::min(piece, json.size()));
  }
  return names.take();
}

struct Row {
  std::string_view json;
  std::vector<std::string> found;
};

TEST(KeptNames, FindsTheIdOfTheObjectItselfAndOfTheResponseInIt) {
  const Row rows[] = {
      {R"({"id":"resp_1","object":"response"})", {"resp_1"}},
      {R"({"object":"response","output":[{"id":"msg_1"}],"id":"resp_1"})", {"resp_1"}},
      {R"({"type":"response.created","response":{"id":"resp_2","output":[]},"sequence_number":0})", {"resp_2"}},
      {R"( { "id" : "conv_1" } )", {"conv_1"}},
      {R"({"id":"with \"quotes\" and \u0041"})", {"with \"quotes\" and A"}},
      {R"({"item":{"id":"msg_1"},"x":{"response":{"id":"no"}}})", {}},
      {R"({"response":{"output":[{"id":"msg_1"}],"reasoning":{"id":"no"}}})", {}},
      {R"({"text":"\"id\":\"no\"","a":["id","no"],"id":7})", {}},
      {R"({"id":null,"id2":"no"})", {}},
      {R"({"id":""})", {}},
      {R"(["id","no"])", {}},
      {"", {}},
  };
  for (const auto& row : rows) EXPECT_EQ(found_in(row.json), row.found) << row.json;
}

TEST(KeptNames, DoesNotDependOnThePieces) {
  const std::string json =
      R"({"a":{"b":[1,"x\\",{"encrypted_content":"gA\/B\u002b=="}]},"id":"r\u0065sp","response":{"id":"z"}})";
  const auto whole = found_in(json);
  ASSERT_THAT(whole, ElementsAre(StartsWith("encrypted:"), "resp", "z"));
  for (std::size_t piece = 1; piece < json.size(); ++piece) EXPECT_EQ(found_in(json, piece), whole) << piece;
}

TEST(KeptNames, AnIdThatIsTooLongIsNone) {
  EXPECT_THAT(found_in(R"({"id":")" + std::string(max_id_size, 'a') + "\"}"), SizeIs(1));
  EXPECT_THAT(found_in(R"({"id":")" + std::string(max_id_size + 1, 'a') + "\"}"), IsEmpty());
}

TEST(KeptNames, FindsNothingDeeperThanItFollowsAndComesBack) {
  std::string json = R"({"deep":)";
  for (int i = 0; i < 5'000; ++i) json += R"({"id":)";
  json += "\"no\"" + std::string(5'000, '}') + R"(,"id":"resp_1"})";
  EXPECT_THAT(found_in(json), ElementsAre("resp_1"));
}

TEST(KeptNames, WhatIsNoJsonDoesNoHarm) {
  for (const std::string_view text : {"]]]]}}}}", "{{{{\"id", "\"\\", "\\u12", "id: \"x\"", "{\"id\":\"\\u00"})
    found_in(text, 1);
}

TEST(KeptNames, StartsAnewWithEachEvent) {
  KeptNames names;
  names.feed(R"({"response":{"id":"a"},"broken":")");
  names.reset();
  names.feed(R"({"response":{"id":"b"}})");
  EXPECT_THAT(names.take(), ElementsAre("a", "b"));
  EXPECT_THAT(names.take(), IsEmpty());
}

TEST(EncryptedContents, ARequestNamesWhatAnAnswerBroughtHoweverItIsEscaped) {
  const auto made = found_in(R"({"output":[{"type":"reasoning","encrypted_content":"gAAA/b+c=="}]})");
  ASSERT_THAT(made, SizeIs(1));
  EXPECT_EQ(encrypted_contents(R"({"id":"x","input":[{"encrypted_content":"gAAA\/b\u002bc=="}]})"), made);
  EXPECT_NE(encrypted_contents(R"({"input":[{"encrypted_content":"gAAA/b+d=="}]})"), made);
  EXPECT_THAT(encrypted_contents(R"({"input":[{"encrypted_content":null}]})"), IsEmpty());
  EXPECT_THAT(encrypted_contents(R"({"input":"tell me of encrypted_content"})"), IsEmpty());
}

}  // namespace
}  // namespace pointsman::payload
