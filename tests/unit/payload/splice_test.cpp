#include "pointsman/payload/splice.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "padded_body.hpp"

namespace pointsman::payload {
namespace {

using nlohmann::json;

constexpr std::string_view bodies[] = {
    R"({"model":"m"})",
    R"({"model":"m","stream":true})",
    R"({"a":[{"model":"m"}],"model":"m","b":{"model":"m"}})",
    "{ \"model\"\t:\r\n \"m\"   \n,\"x\":1.50, \"y\" : 1e2}",
    R"({"m\u006fdel":"gpt\u002d4","z":"gpt\u002d4"})",
    "\xef\xbb\xbf{\"model\":\"m\"}\n",
    "{\"model\":\"\xf0\x9f\x9a\x82\",\"user\":\"\xf0\x9f\x9a\x82\"}",
    rich_body,
};

constexpr std::string_view names[] = {
    "x", "llama3.2:3b", "org/model@1", "a \"quoted\" \\ name", "tab\tand\x01", "Gr\xc3\xbc\xc3\x9f", "\xf0\x9f\x9a\x82",
};

TEST(Splice, ChangesTheModelAndNothingElse) {
  RequestScanner scanner;
  for (const std::string_view text : bodies) {
    for (const std::string_view name : names) {
      const PaddedBody body(text);
      std::string_view error_param;
      const auto fields = scanner.scan(body.view(), error_param);
      ASSERT_TRUE(fields && fields->model) << text;

      const Spliced spliced = splice(body.view(), *fields, name);
      std::string written;
      for (const std::string_view piece : spliced.pieces()) written += piece;
      EXPECT_EQ(written.size(), spliced.size());

      json expected = json::parse(text);
      expected["model"] = name;
      EXPECT_EQ(json::parse(written), expected) << written;
      EXPECT_EQ(written.substr(0, fields->model_offset), text.substr(0, fields->model_offset));
      EXPECT_EQ(written.substr(fields->model_offset + spliced.value.size()),
                text.substr(fields->model_offset + fields->model_size));
    }
  }
}

TEST(Splice, PointsIntoTheBody) {
  const PaddedBody body(R"({"a":1,"model":"long-name","b":2})");
  RequestScanner scanner;
  std::string_view error_param;
  const auto fields = scanner.scan(body.view(), error_param);
  ASSERT_TRUE(fields);
  const Spliced spliced = splice(body.view(), *fields, "x");
  EXPECT_EQ(spliced.prefix.data(), body.view().data());
  EXPECT_EQ(spliced.prefix, R"({"a":1,"model":)");
  EXPECT_EQ(spliced.value, R"("x")");
  EXPECT_EQ(spliced.suffix, R"(,"b":2})");
  EXPECT_EQ(spliced.suffix.end(), body.view().end());
}

}  // namespace
}  // namespace pointsman::payload
