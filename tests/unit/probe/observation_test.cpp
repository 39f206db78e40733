#include "pointsman/probe/observation.hpp"

#include <gtest/gtest.h>

#include "probing.hpp"

namespace pointsman::probe {
namespace {

TEST(Excerpt, IsOneCleanLineOfUtf8) {
  struct Case {
    std::string text;
    std::size_t bytes;
    std::string expected;
  };
  const Case cases[] = {
      {"plain", 80, "plain"},
      {"  two\r\n\tlines \n", 80, "two lines"},
      {std::string("a\0b\x1b[31mc\x7f", 10), 80, "a b [31mc"},
      {"c1 \xC2\x9B here", 80, "c1 here"},
      {"broken \xFF byte", 80, "broken \xEF\xBF\xBD byte"},
      {"exactly", 7, "exactly"},
      {"longer", 4, "long"},
      {"caf\xC3\xA9s", 4, "caf"},
      {"caf\xC3\xA9s", 5, "caf\xC3\xA9"},
      {"", 80, ""},
  };
  for (const auto& each : cases) EXPECT_EQ(excerpt(each.text, each.bytes), each.expected) << each.text;
}

TEST(Evidence, SaysWhatWasAskedAndAnswered) {
  EXPECT_EQ(evidence(answered(post("/v1/responses", "{"), 404, "404 page not found\n")),
            "POST /v1/responses {: 404 404 page not found");
  EXPECT_EQ(evidence(answered(get("/v1/responses"), 405, "", {{"allow", "POST"}})),
            "GET /v1/responses: 405 Allow: POST");
  EXPECT_EQ(evidence(failed(get("/v1/models"), Failure::broken, "it closed")), "GET /v1/models: it closed");
}

TEST(Evidence, IsBounded) {
  EXPECT_EQ(evidence(answered(get("/"), 200, std::string(1 << 20, 'x'))).size(), 200u);
  EXPECT_EQ(evidence(answered(get("/a"), 200, std::string(1 << 20, '\xFF'))).size(), 198u) << "no half characters";
}

TEST(Observation, FindsHeadersByName) {
  const auto seen = answered(get("/"), 200, "", {{"server", "a"}, {"server", "b"}});
  EXPECT_EQ(seen.header("server"), "a");
  EXPECT_EQ(seen.header("allow"), "");
}

}  // namespace
}  // namespace pointsman::probe
