#include "pointsman/http/event_members.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::http {
namespace {

struct Case {
  std::string json;
  std::string type;
  std::optional<std::uint64_t> sequence_number;
};

// What of it a stream's end and number depend on is in the test of SseTap, wherever it is split.
TEST(EventMembers, AreThoseOfTheObjectItself) {
  const std::string longest(EventMembers::longest, 'x');
  const Case cases[] = {
      {R"({"type":"a","sequence_number":1})", "a", 1},
      {R"([{"type":"a","sequence_number":1}])", "", std::nullopt},
      {R"({"x":{"type":"a","sequence_number":1}})", "", std::nullopt},
      {R"({"type":null,"sequence_number":null})", "", std::nullopt},
      {R"({"type":{},"sequence_number":[]})", "", std::nullopt},
      {R"({"type":"\u0061"})", "", std::nullopt},
      {R"({"type":"a","type":"b"})", "a", std::nullopt},
      {R"({"type":")" + longest + R"(","sequence_number":18446744073709551615})", longest, 18446744073709551615u},
      {R"({"type":"x)" + longest + R"(","sequence_number":18446744073709551616})", "", std::nullopt},
      {R"("type":"a")", "", std::nullopt},
      {R"(]}","type":"a")", "", std::nullopt},
      {R"({},"type":"a"})", "", std::nullopt},
      {"", "", std::nullopt},
  };
  EventMembers members;
  for (const auto& [json, type, sequence_number] : cases) {
    members.reset();
    members.feed(json);
    EXPECT_EQ(members.type(), type) << json;
    EXPECT_EQ(members.sequence_number(), sequence_number) << json;
  }
}

TEST(EventMembers, MayHaveAnotherInPlaceOfTheType) {
  EventMembers members("status");
  for (int i = 0; i < 2; ++i) {
    members.feed(R"({"type":"a","x":[{"status":"b"}],"status":"c"})");
    EXPECT_EQ(members.type(), "c");
    members.reset();
    EXPECT_EQ(members.type(), "");
  }
}

}  // namespace
}  // namespace pointsman::http
