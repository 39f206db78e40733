#include "pointsman/daemon/key_warnings.hpp"

#include <gmock/gmock.h>

namespace pointsman::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime now{Milliseconds(1'795'429'800'000)};  // 2026-11-23 10:30 UTC

std::vector<std::string> warnings_of(const std::string& keys, const std::string& endpoint) {
  const auto unset = [](const std::string&) { return std::optional<std::string>(); };
  const auto loaded = config::load_text(
      "access:\n  keys:\n" + keys + "endpoints:\n  - {name: e, url: \"http://127.0.0.1:1\"" + endpoint + "}\n", {},
      unset);
  EXPECT_TRUE(loaded.ok());
  std::vector<std::string> texts;
  for (const auto& warning : key_warnings(loaded, {}, now)) texts.push_back(config::text(warning, "f"));
  return texts;
}

const std::string listed = ", models: [qwen3, {id: big, aliases: [large]}]";

TEST(KeyWarnings, OfAKeyThatCanBeGuessed) {
  EXPECT_THAT(
      warnings_of("    - {name: a, key: sesame}\n", ""),
      ElementsAre("f:3:7: warning: the key `a` has fewer than 16 characters and can be guessed; `pointsman keys "
                  "create` makes a better one"));
  EXPECT_THAT(warnings_of("    - {name: a, key: sixteen-letters-}\n", ""), IsEmpty());
  EXPECT_THAT(warnings_of("    - {name: a, key_sha256: " + std::string(64, 'a') + "}\n", ""), IsEmpty());
}

TEST(KeyWarnings, OfAKeyWhoseTimeIsOver) {
  EXPECT_THAT(warnings_of("    - {name: a, key: sixteen-letters-, expires: 2026-11-23}\n", ""),
              ElementsAre("f:3:7: warning: the key `a` is refused: it expired at 2026-11-23T00:00:00Z"));
  EXPECT_THAT(warnings_of("    - {name: a, key: sixteen-letters-, expires: 2026-11-24}\n", ""), IsEmpty());
}

TEST(KeyWarnings, OfModelsThatNobodyLists) {
  const std::string key = "    - {name: a, key: sixteen-letters-, models: [\"qwen*\", large, \"llama*\"]}\n";
  EXPECT_THAT(warnings_of(key, listed),
              ElementsAre("f:3:7: warning: the key `a` may use `llama*`, but no endpoint lists a model of that name"));
  EXPECT_THAT(warnings_of(key, ""), IsEmpty());
}

}  // namespace
}  // namespace pointsman::daemon
