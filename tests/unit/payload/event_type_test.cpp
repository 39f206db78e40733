#include "pointsman/payload/event_type.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "padded_body.hpp"

namespace pointsman::payload {
namespace {

struct Row {
  std::string name;
  std::string text;
  std::optional<std::string> type;
};

TEST(EventType, IsWhatTheObjectItselfSays) {
  const std::vector<Row> rows{
      {"alone", R"({"type":"response.create"})", "response.create"},
      {"behind much else", R"({"x":{"type":"a"},"input":")" + std::string(3'000, 'y') + R"(", "type" : "b"})", "b"},
      {"escaped", R"({"type":"response.\u0063reate"})", "response.create"},
      {"its key escaped", R"({"\u0074ype":"response.create"})", "response.create"},
      {"behind a byte order mark", "\xef\xbb\xbf{\"type\":\"a\"}", "a"},
      {"empty", R"({"type":""})", ""},
      {"none", R"({"model":"m"})", std::nullopt},
      {"no string", R"({"type":7})", std::nullopt},
      {"an object", R"({"type":{"type":"a"}})", std::nullopt},
      {"broken", R"({"type":"\ud800"})", std::nullopt},
  };
  for (const auto& row : rows) {
    const PaddedBody body(row.text);
    const auto type = event_type(body.view());
    ASSERT_TRUE(type) << row.name;
    EXPECT_EQ(*type, row.type) << row.name;
  }
}

TEST(EventType, IsRefusedWhereServersMayNotAgree) {
  for (const auto* text : {R"({"type":"a","type":"b"})", R"({"type":"a","\u0074ype":"a"})", R"({"type":7,"type":"b"})",
                           R"({"type":null,"x":1,"type":"b"})"}) {
    const PaddedBody body(text);
    const auto type = event_type(body.view());
    ASSERT_FALSE(type) << text;
    EXPECT_EQ(type.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(type.error().message, "The message has two `type` keys. Send one.") << text;
  }
  const PaddedBody body(R"({"type":"a","Type":"b"})");
  const auto type = event_type(body.view());
  ASSERT_FALSE(type);
  EXPECT_EQ(type.error().message, "The message has the key `Type`. Write `type`.");
}

}  // namespace
}  // namespace pointsman::payload
