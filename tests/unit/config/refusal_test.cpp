#include "pointsman/config/refusal.hpp"

#include <gtest/gtest.h>

#include "loading.hpp"

namespace pointsman::config {
namespace {

std::string refusal_of(const std::string& yaml) {
  const auto loaded = load(yaml);
  EXPECT_TRUE(loaded.ok()) << problems(loaded).front();
  return refusal_to_start(loaded.settings);
}

TEST(RefusalToStart, NamesTheListenerAndSaysWhatToWrite) {
  EXPECT_EQ(refusal_of("listen: [127.0.0.1:1, 0.0.0.0:8484]"),
            "the listener 0.0.0.0:8484 (`listen`) can be reached from other machines, but there are no keys. "
            "Make one with `pointsman keys create --config FILE --name NAME`, or write keys into the file:\n"
            "\n"
            "  access:\n"
            "    keys:\n"
            "      - {name: team-a, key: \"${TEAM_A_KEY}\"}\n"
            "\n"
            "or, if everybody who can reach it may use it:\n"
            "\n"
            "  access: open\n");
  EXPECT_TRUE(
      refusal_of("operations: '[::]:8485'").starts_with("the listener [::]:8485 (`operations`) can be reached"));
}

TEST(RefusalToStart, IsThereOnlyBeyondLoopbackWithoutKeys) {
  for (const auto yaml : {"", "access: {}", "listen: [localhost:1, '[::1]:1', unix:/run/p.sock]", "operations: unix:/o",
                          "{listen: 0.0.0.0:8484, operations: 0.0.0.0:8485, access: open}",
                          "{listen: 0.0.0.0:8484, access: {keys: [{name: a, key: b}]}}"}) {
    EXPECT_EQ(refusal_of(yaml), "") << yaml;
  }
  EXPECT_EQ(refusal_to_start(load("listen: 0.0.0.0:8484").settings, true), "");
}

}  // namespace
}  // namespace pointsman::config
