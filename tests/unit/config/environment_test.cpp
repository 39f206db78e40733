#include "pointsman/config/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "loading.hpp"

namespace pointsman::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Expand, FillsInVariables) {
  const auto variables = environment({{"A", "one"}, {"B_2", "two"}, {"EMPTY", ""}, {"NESTED", "${A}"}});
  const struct {
    std::string_view written;
    std::string_view expected;
  } rows[] = {
      {"", ""},
      {"plain", "plain"},
      {"${A}", "one"},
      {"x${A}y${B_2}z", "xoneytwoz"},
      {"${A}${A}", "oneone"},
      {"${EMPTY}", ""},
      {"${NESTED}", "${A}"},
      {"$${A}", "${A}"},
      {"$$${A}", "$${A}"},
      {"$${A}${A}", "${A}one"},
      {"$${", "${"},
      {"$A $ $$ {A} $}", "$A $ $$ {A} $}"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.written);
    const auto expansion = expand(row.written, variables);
    EXPECT_EQ(expansion.text, row.expected);
    EXPECT_THAT(expansion.complaints, IsEmpty());
  }
}

TEST(Expand, ComplainsOfEveryVariableThatIsNotThere) {
  EXPECT_THAT(expand("${A}${B}${C}", environment({{"B", "b"}})).complaints,
              ElementsAre("needs the environment variable `A`, which is not set",
                          "needs the environment variable `C`, which is not set"));
}

TEST(Expand, DoesNotRepeatWhatIsNoName) {
  const std::string complaint = "has a ${ without the name of a variable and a } after it; write $${ for a plain ${";
  for (const auto written : {"${", "${}", "${A", "a${s3cret!}", "${A B}", "${1A}", "${A:-x}", "${${A}}"}) {
    EXPECT_THAT(expand(written, environment({{"A", "a"}})).complaints, ElementsAre(complaint)) << written;
  }
}

TEST(ProcessEnvironment, IsTheOneOfTheProcess) {
  const auto variables = process_environment();
  EXPECT_EQ(variables("PATH"), std::string(std::getenv("PATH")));
  EXPECT_EQ(variables("POINTSMAN_TEST_NOT_SET"), std::nullopt);
}

}  // namespace
}  // namespace pointsman::config
