#include "pointsman/payload/nested_object.hpp"

#include <gtest/gtest.h>

#include "padded_body.hpp"

namespace pointsman::payload {
namespace {

std::optional<std::string_view> nested(const PaddedBody& body) { return nested_object(body.view(), "response"); }

TEST(NestedObject, IsFoundAsItWasWritten) {
  const PaddedBody body(R"({"x":{"response":{}}, "response" : {"model": "m", "y":[{}]} , "z":1})");
  const auto found = nested(body);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, R"({"model": "m", "y":[{}]})");
  EXPECT_EQ(body.view().substr(static_cast<std::size_t>(found->data() - body.view().data())).substr(0, 8),
            R"({"model")");
}

TEST(NestedObject, IsNotAlwaysThere) {
  for (const auto* text :
       {R"({})", R"({"response":7})", R"({"x":{"response":{}}})", R"([{"response":{}}])", R"({"resp)"}) {
    const PaddedBody body(text);
    EXPECT_FALSE(nested(body)) << text;
  }
}

}  // namespace
}  // namespace pointsman::payload
