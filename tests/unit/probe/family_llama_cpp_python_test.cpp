#include "../../support/doubles/llama_cpp_python.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Health;

TEST(ProbeLlamaCppPython, IsAskedForItsModelsOnceADay) {
  Running<LlamaCppPythonServer> python;
  const auto first = examine(python.sockets.url());
  EXPECT_EQ(first.report.server_type, "llama-cpp-python");
  EXPECT_EQ(first.report.version, "1.2.3");
  EXPECT_EQ(routes(first), "yes yes no no");

  const auto second = examine(python.sockets.url(), known_from(first));
  EXPECT_EQ(second.report.health, Health::up);
  EXPECT_EQ(second.report.server_type, "llama-cpp-python");
  EXPECT_FALSE(second.report.models_listed) << "what was known stays";
  EXPECT_EQ(python.server->times_listed, 1);
  expect_no_harm(python);

  python.server->openapi_version = "1.2.4";
  examine(python.sockets.url(), known_from(first));
  EXPECT_EQ(python.server->times_listed, 2) << "another version is examined";
  expect_no_harm(python);
}

TEST(ProbeLlamaCppPython, WithoutOpenApiNothingElseIsTried) {
  Running<LlamaCppPythonServer> python;
  python.server->has_openapi = false;
  const auto first = examine(python.sockets.url());
  EXPECT_EQ(routes(first), "unknown unknown unknown unknown");
  EXPECT_EQ(examine(python.sockets.url(), known_from(first)).report.health, Health::up);
  EXPECT_EQ(python.server->times_listed, 1);
  expect_no_harm(python);
}

}  // namespace
}  // namespace pointsman::probe
