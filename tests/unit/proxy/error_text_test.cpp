#include "pointsman/proxy/error_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::proxy {
namespace {

TEST(ErrorText, BlamesAModelThatItNames) {
  const std::string model = "llama3.2:3b";
  EXPECT_TRUE(blames_model(R"({"error":"model 'llama3.2:3b' crashed"})", model));
  EXPECT_TRUE(blames_model(R"({"error":{"message":"no VRAM for LLaMA3.2:3B."}})", model));
  EXPECT_TRUE(blames_model("llama3.2:3b", model));
  // Another one's name.
  EXPECT_FALSE(blames_model(R"({"error":"llama3.2:3b-instruct crashed"})", model));
  EXPECT_FALSE(blames_model(R"({"error":"meta/llama3.2:3b crashed"})", model));
  EXPECT_FALSE(blames_model(R"({"error":"out of memory"})", "m"));
  EXPECT_FALSE(blames_model("", model));
  EXPECT_FALSE(blames_model("text", ""));
}

TEST(ErrorText, BlamesTheModelThatCouldNotBeLoaded) {
  EXPECT_TRUE(blames_model(R"({"error":"llama runner process has terminated: error loading model"})", "x"));
  EXPECT_TRUE(blames_model(R"({"error":{"message":"Model failed to load"}})", "x"));
  EXPECT_TRUE(blames_model("unable to load the model file", "x"));
  EXPECT_FALSE(blames_model(R"({"error":"failed to load the page"})", "x"));
  EXPECT_FALSE(blames_model(R"({"error":"internal error"})", "x"));
}

TEST(ErrorText, LooksAtTheBeginningOnly) {
  EXPECT_FALSE(blames_model(std::string(searched_text, ' ') + "llama", "llama"));
}

TEST(ErrorText, SaysTooLongInTheWordsOfEachServer) {
  EXPECT_TRUE(says_too_long(R"({"error":{"code":"context_length_exceeded"}})"));
  EXPECT_TRUE(says_too_long(
      R"({"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error"}})"));
  EXPECT_TRUE(says_too_long(R"({"message":"This model's maximum context length is 4096 tokens. However"})"));
  EXPECT_TRUE(says_too_long(R"({"message":"The input (9 tokens) is longer than the model's context length (4)."})"));
  EXPECT_FALSE(says_too_long(R"({"error":{"message":"'messages' is missing"}})"));
  EXPECT_FALSE(says_too_long(R"({"error":{"message":"the context length must be a number"}})"));
}

}  // namespace
}  // namespace pointsman::proxy
