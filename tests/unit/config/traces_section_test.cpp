#include "pointsman/config/traces_section.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/certificate.hpp"
#include "file_directory.hpp"
#include "loading.hpp"

namespace pointsman::config {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Traces read(const std::string& yaml, const std::map<std::string, std::string>& variables = {}) {
  const auto loaded = load("traces: " + yaml, variables);
  EXPECT_THAT(problems(loaded), IsEmpty()) << yaml;
  return loaded.settings.traces.value_or(Traces());
}

std::vector<std::string> problems_of(const std::string& yaml) { return problems(load("traces: " + yaml)); }

TEST(TracesSection, IsAbsentUnlessItIsWritten) {
  EXPECT_FALSE(load("{}").settings.traces);
  for (const auto& yaml : {"traces:", "traces: {}"}) {
    const auto loaded = load(yaml);
    EXPECT_THAT(problems(loaded), IsEmpty());
    EXPECT_EQ(loaded.settings.traces, Traces());
  }
}

TEST(TracesSection, ReadsEverything) {
  const auto traces = read(
      R"({collector: "http://otel:4318", headers: {x-key: "${KEY}", Authorization: "Basic ${KEY}"}, sample: 0.25, service_name: edge})",
      {{"KEY", "s3cret"}});
  EXPECT_EQ(traces.collector->text(), "http://otel:4318/v1/traces");
  EXPECT_EQ(traces.headers.at("x-key").reveal(), "s3cret");
  EXPECT_EQ(traces.headers.at("Authorization").reveal(), "Basic s3cret");
  EXPECT_EQ(traces.sample, 0.25);
  EXPECT_EQ(traces.service_name, "edge");
  EXPECT_EQ(read("{sample: 0}").sample, 0);
  EXPECT_EQ(read("{sample: 0.0}").sample, 0);
}

TEST(TracesSection, FindsWhereTracesGo) {
  const std::pair<std::string, std::string> cases[] = {
      {"http://otel:4318", "http://otel:4318/v1/traces"},
      {"http://otel:4318/", "http://otel:4318/v1/traces"},
      {"http://otel:4318/v1", "http://otel:4318/v1/traces"},
      {"http://otel:4318/v1/traces", "http://otel:4318/v1/traces"},
      {"http://otel:4318/v1/traces/", "http://otel:4318/v1/traces"},
      {"https://example.org/otlp", "https://example.org/otlp/v1/traces"},
      {"https://example.org/otlp/v1/traces", "https://example.org/otlp/v1/traces"},
      {"http://[::1]:4318", "http://[::1]:4318/v1/traces"},
  };
  for (const auto& [written, meant] : cases) {
    EXPECT_EQ(read("{collector: '" + written + "'}").collector->text(), meant);
  }
}

TEST(TracesSection, TakesSecretsAndAuthoritiesFromFiles) {
  const FileDirectory files;
  const test::Certificate certificate;
  const auto token = files.write("token", "Bearer s3cret\n");
  const auto authority = files.write("ca.pem", certificate.pem());
  const auto loaded = load("traces: {collector: 'https://otel', ca_file: '" + authority +
                           "', headers: {authorization: {file: '" + token + "'}}}");
  EXPECT_THAT(problems(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.traces->headers.at("authorization").reveal(), "Bearer s3cret");
  EXPECT_EQ(loaded.settings.traces->ca_file, authority);
  EXPECT_THAT(loaded.files, testing::Contains(token));
}

TEST(TracesSection, SaysWhatIsWrong) {
  EXPECT_THAT(problems_of("on"), ElementsAre(HasSubstr("1:9: `traces` must be a mapping")));
  EXPECT_THAT(problems_of("{colector: x}"), ElementsAre(HasSubstr("did you mean `collector`?")));
  EXPECT_THAT(problems_of("{collector: otel}"), ElementsAre(HasSubstr("the URL has no scheme; write http://otel")));
  EXPECT_THAT(problems_of("{collector: 'http://a:b@otel'}"),
              ElementsAre(HasSubstr("contains credentials; take them out and use `headers`")));
  EXPECT_THAT(problems_of("{collector: 'http://otel', ca_file: /none.pem}"),
              ElementsAre(HasSubstr("is for an https:// collector"), HasSubstr("not usable")));
  EXPECT_THAT(problems_of("{headers: x}"), ElementsAre(HasSubstr("must be a mapping from headers")));
  EXPECT_THAT(problems_of("{headers: {host: x}}"), ElementsAre(HasSubstr("written by pointsman itself")));
  EXPECT_THAT(problems_of("{headers: {Content-Type: x}}"), ElementsAre(HasSubstr("written by pointsman itself")));
  EXPECT_THAT(problems_of("{headers: {'a b': x}}"), ElementsAre(HasSubstr("a name that no header has")));
  EXPECT_THAT(problems_of("{headers: {x-a: x, X-A: y}}"), ElementsAre(HasSubstr("stands in line 1 already")));
  EXPECT_THAT(problems_of("{headers: {x-a: {fil: x}}}"), ElementsAre(HasSubstr("or {file: PATH}")));
  EXPECT_THAT(problems_of("{headers: {x-a: \"a\\r\\nb: c\"}}"), Not(IsEmpty()));
  EXPECT_THAT(problems_of("{headers: {x-a: ' a'}}"), ElementsAre(HasSubstr("a space at an end")));
  EXPECT_THAT(problems_of("{sample: 2}"), ElementsAre(HasSubstr("must be a number from 0 to 1")));
  EXPECT_THAT(problems_of("{service_name: 'a b'}"), Not(IsEmpty()));
}

TEST(TracesSection, WarnsOfThePortOfGrpc) {
  const auto loaded = load("traces: {collector: 'http://otel:4317'}");
  EXPECT_TRUE(loaded.ok());
  EXPECT_THAT(problems(loaded), ElementsAre(HasSubstr("4318")));
}

TEST(TracesSection, NeverQuotesASecret) {
  for (const auto& yaml :
       {"{headers: s3cret}", "{headers: {x: \"s3cret\\n\"}}", "{headers: {x: [s3cret]}}",
        "{headers: {x: {file: s3cret}}}", "{headers: {x: ' s3cret'}}", "{headers: {x: {s3cret: 1}}}",
        "{headers: {x: {s3cret}}}", "{collector: 'http://s3cret@otel'}", "{collector: 'http://otel?key=s3cret'}"}) {
    EXPECT_THAT(problems_of(yaml), Not(IsEmpty())) << yaml;
    EXPECT_THAT(problems_of(yaml), Each(Not(HasSubstr("s3cret")))) << yaml;
  }
}

}  // namespace
}  // namespace pointsman::config
