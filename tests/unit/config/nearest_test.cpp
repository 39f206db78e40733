#include "pointsman/config/nearest.hpp"

#include <gtest/gtest.h>

namespace pointsman::config {
namespace {

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> names{"name",   "url",      "api_key",       "api_key_file",
                                       "weight", "priority", "max_concurrent"};
  const struct {
    std::string_view word;
    std::string_view expected;
  } rows[] = {
      {"nmae", "name"},
      {"nam", "name"},
      {"urls", "url"},
      {"URL", "url"},
      {"apikey", "api_key"},
      {"api-key", "api_key"},
      {"api_keyfile", "api_key_file"},
      {"wieght", "weight"},
      {"max_concurrency", "max_concurrent"},
      {"timeouts", ""},
      {"concurrent", "max_concurrent"},
      {"file", "api_key_file"},
      {"x", ""},
      {"", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(nearest(row.word, names), row.expected) << row.word;
  EXPECT_EQ(nearest("name", {}), "");
  EXPECT_EQ(nearest(std::string(65, 'a'), {std::string(65, 'a')}), "") << "nobody means so long a word";
}

TEST(Nearest, TakesTheNearestOfSeveral) {
  EXPECT_EQ(nearest("response", {"responded", "responses", "respond"}), "responses");
  EXPECT_EQ(nearest("chat", {"chat_completions_batch", "chat_completions"}), "chat_completions");
}

}  // namespace
}  // namespace pointsman::config
