#include "pointsman/proxy/wanted.hpp"

#include <gtest/gtest.h>

namespace pointsman::proxy {
namespace {

TEST(Wanted, IsSaidOfEachEndpointAtMostEveryTwoSeconds) {
  Wanted wanted;
  const struct {
    std::string_view endpoint;
    int at_ms;
    bool is_said;
  } rows[] = {
      {"a", 0, true},      {"a", 0, false},     {"a", 1'999, false}, {"b", 1'999, true}, {"a", 2'000, true},
      {"b", 2'000, false}, {"a", 3'999, false}, {"b", 3'999, true},  {"a", 9'000, true}, {"a", 9'001, false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(wanted.ask(row.endpoint, MonotonicTime(Milliseconds(row.at_ms))), row.is_said)
        << row.endpoint << " " << row.at_ms;
  }
}

}  // namespace
}  // namespace pointsman::proxy
