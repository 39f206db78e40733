#include "pointsman/api/query.hpp"

#include <gtest/gtest.h>

#include "pointsman/base/percent_encoding.hpp"

#include <vector>

namespace pointsman::api {
namespace {

TEST(Query, FindsAParameter) {
  struct Case {
    const char* query;
    std::optional<std::string> value;
  };
  const std::vector<Case> cases{
      {"", std::nullopt},
      {"?", std::nullopt},
      {"?other=x", std::nullopt},
      {"?name=x", "x"},
      {"name=x", "x"},
      {"?name=", ""},
      {"?name", ""},
      {"?a=b&name=x&c=d", "x"},
      {"?name=x&name=y", "x"},
      {"?&&name=x&", "x"},
      {"?names=x", std::nullopt},
      {"?NAME=x", std::nullopt},
      {"?name=a%2Fb%26c%3Dd", "a/b&c=d"},
      {"?n%61me=x", "x"},
      {"?name=a=b", "a=b"},
      {"?name=a+b", "a+b"},
  };
  for (const auto& each : cases) EXPECT_EQ(query_parameter(each.query, "name"), each.value) << each.query;
}

TEST(Query, EncodedTextComesBackAsItWas) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  EXPECT_EQ(count_parameters("?model=a&x=model&m%6Fdel=b&Model", "model"), 3u);
  EXPECT_EQ(count_parameters("", "model"), 0u);
  EXPECT_EQ(percent_encoded("org/m:3b v1.~_-&"), "org%2Fm%3A3b%20v1.~_-%26");
  EXPECT_EQ(query_parameter("?x=1&name=" + percent_encoded(every_byte) + "&y=2", "name"), every_byte);
}

}  // namespace
}  // namespace pointsman::api
