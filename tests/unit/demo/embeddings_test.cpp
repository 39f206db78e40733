#include "pointsman/demo/embeddings.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace pointsman::demo {
namespace {

Json embed(const char* request) { return Json::parse(embeddings(Json::parse(request)).body); }

TEST(DemoEmbeddings, AreUnitVectorsThatDependOnTheTextOnly) {
  const auto answer = embed(R"({"model":"demo","input":["a b","c","a b"]})");
  EXPECT_EQ(answer.at("object"), "list");
  EXPECT_EQ(answer.at("usage"), (Json{{"prompt_tokens", 5}, {"total_tokens", 5}}));
  const auto& data = answer.at("data");
  ASSERT_EQ(data.size(), 3u);
  for (std::size_t i = 0; i < data.size(); ++i) {
    EXPECT_EQ(data[i].at("index"), i);
    double square = 0;
    for (const double value : data[i].at("embedding")) square += value * value;
    EXPECT_NEAR(std::sqrt(square), 1, 1e-6);
  }
  EXPECT_EQ(data[0].at("embedding"), data[2].at("embedding"));
  EXPECT_NE(data[0].at("embedding"), data[1].at("embedding"));
  EXPECT_EQ(embed(R"({"model":"demo","input":"a b"})").at("data").at(0).at("embedding"), data[0].at("embedding"));
}

TEST(DemoEmbeddings, AreLittleEndianFloatsInBase64) {
  const auto answer = embed(R"({"model":"demo","input":"a b","encoding_format":"base64"})");
  const auto text = answer.at("data").at(0).at("embedding").get<std::string>();
  // 8 floats are 32 bytes, which are 43 digits and one sign of padding.
  EXPECT_EQ(text.size(), 44u);
  EXPECT_TRUE(text.ends_with("=") && !text.ends_with("==")) << text;
}

TEST(DemoEmbeddings, TakeTextThatIsCutIntoTokens) {
  EXPECT_EQ(embed(R"({"model":"demo","input":[1,2,3]})").at("usage").at("prompt_tokens"), 3);
  const auto several = embed(R"({"model":"demo","input":[[1,2,3],[4]]})");
  EXPECT_EQ(several.at("data").size(), 2u);
  EXPECT_EQ(several.at("usage").at("prompt_tokens"), 4);
}

}  // namespace
}  // namespace pointsman::demo
