#include "pointsman/probe/bounded_json.hpp"

#include <gtest/gtest.h>

namespace pointsman::probe {
namespace {

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(ReadJson, TakesOnlyWholeDocuments) {
  EXPECT_EQ(read_json(R"({"a":[1,"]"]})").value()["a"][1], "]");
  for (const char* text : {"", "{", "nonsense", "{} {}", "{\"a\":}", "[1,]", "\"open"}) {
    EXPECT_FALSE(read_json(text)) << text;
  }
}

TEST(ReadJson, BoundsDepth) {
  EXPECT_TRUE(read_json(nested(64)));
  EXPECT_FALSE(read_json(nested(65)));
  EXPECT_FALSE(read_json(std::string(4 << 20, '['))) << "refused before a parser recurses into it";
  EXPECT_TRUE(read_json("\"" + std::string(1000, '[') + "\"")) << "brackets in strings do not nest";
  EXPECT_TRUE(read_json(R"("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")"));
}

TEST(ReadJson, BoundsTheNumberOfValues) {
  std::string text = "[0";
  for (int i = 0; i < 499'000; ++i) text += ",0";
  EXPECT_TRUE(read_json(text + "]"));
  for (int i = 0; i < 2'000; ++i) text += ",0";
  EXPECT_FALSE(read_json(text + "]"));
}

TEST(ReadJson, RepairsBytesThatAreNotUtf8) {
  EXPECT_EQ(read_json("{\"id\":\"a\xFF"
                      "b\"}")
                .value()["id"],
            "a\xEF\xBF\xBD"
            "b");
}

TEST(RepairedUtf8, LeavesValidTextAlone) {
  const std::string text = "a\n\x01 \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9A\x82 \xEF\xBF\xBD";
  EXPECT_EQ(repaired_utf8(text), text);
  EXPECT_EQ(repaired_utf8("\xC3"), "\xEF\xBF\xBD");
  EXPECT_EQ(repaired_utf8("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Member, IsNothingWhereThereIsNone) {
  const auto document = read_json(R"({"a":"text","b":1})").value();
  EXPECT_EQ(text_member(document, "a"), "text");
  EXPECT_EQ(text_member(document, "b"), "");
  EXPECT_EQ(text_member(document, "c"), "");
  EXPECT_EQ(member(document, "c"), nullptr);
  EXPECT_EQ(member(document["a"], "a"), nullptr);
}

TEST(CountMember, IsANumberOfThings) {
  const auto document =
      read_json(R"({"none":0,"some":7,"most":4294967295,"more":4294967296,"less":-1,"half":0.5,"text":"1"})").value();
  EXPECT_EQ(count_member(document, "none"), 0u);
  EXPECT_EQ(count_member(document, "some"), 7u);
  EXPECT_EQ(count_member(document, "most"), 4294967295u);
  for (const char* name : {"more", "less", "half", "text", "missing"})
    EXPECT_FALSE(count_member(document, name)) << name;
}

TEST(Items, AreNoneWhereThereIsNoArray) {
  const auto document = read_json(R"({"array":[1,2],"object":{"a":1},"text":"ab"})").value();
  EXPECT_EQ(items(member(document, "array")).size(), 2u);
  for (const char* name : {"object", "text", "missing"}) EXPECT_TRUE(items(member(document, name)).empty()) << name;
}

}  // namespace
}  // namespace pointsman::probe
