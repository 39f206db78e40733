#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loading.hpp"

// A problem is printed and logged, so it may never hold a secret, whatever it is that is wrong with it.
namespace pointsman::config {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Secrets, AreNotInAnyProblem) {
  const std::string endpoint = "endpoints: [{name: e, url: http://e, ";
  const std::string files[] = {
      endpoint + "api_key: 's3cret with spaces'}]",
      endpoint + "api_key: \"s3cret\\r\\nx: y\"}]",
      endpoint + "api_key: \"s3cret-\\u00e9\"}]",
      endpoint + "api_key: [s3cret]}]",
      endpoint + "api_key: {s3cret: 1}}]",
      endpoint + "api_key: 's3cret${not a name s3cret}'}]",
      endpoint + "api_key: '${s3cret'}]",
      endpoint + "api_key: 'with ${SECRET}'}]",
      endpoint + "api_key_file: s3cret}]",
      endpoint + "api_key_file: '/${SECRET}'}]",
      endpoint + "api_key: a, api_key_file: s3cret}]",
      endpoint + "weight: '${SECRET}'}]",
      endpoint + "timeouts: {idle: '${SECRET}'}}]",
      endpoint + "models: ['${LONG_SECRET}']}]",
      endpoint + "models: ['${SECRET}', '${SECRET}']}]",
      "endpoints: [{name: e, url: '${SECRET}'}]",
      "endpoints: [{name: e, url: 'http://s3cret@gpu/v1'}]",
      "endpoints: [{name: e, url: 'http://gpu/v1?key=s3cret'}]",
      "endpoints: [{name: '${LONG_SECRET}', url: http://e}]",
      "access: s3cret",
      "access: {keys: s3cret}",
      "access: {keys: [s3cret]}",
      "access: {keys: [{name: a, key: 's3 s3cret'}]}",
      "access: {keys: [{name: a, key_sha256: s3cret}]}",
      "access: {keys: [{name: a, key: s3cret}, {name: b, key: s3cret}]}",
      "access: {keys: [{name: a, key: s3cret, key_sha256: s3cret}]}",
      "access: {keys: [{name: a, key_file: /s3cret}]}",
      "access: {keys: [{name: a, key: *s3cret}]}",
      "access: {keys: [{name: a, key: !s3cret k}]}",
      "access: {keys: [{name: a, key: \"s3cret",
      "access:\n  keys:\n    - name: a\n      key: s3: s3cret\n",
      "listen: '${SECRET}'",
      "log: {level: '${SECRET}', format: '${SECRET}', access: '${SECRET}'}",
      "limits: {request_body: '${SECRET}', connections: '${SECRET}'}",
      "{workers: '${SECRET}', routing: {policy: '${SECRET}', retry_budget: '${SECRET}'}}",
  };
  for (const auto& file : files) {
    SCOPED_TRACE(file);
    const auto loaded = load(file, {{"SECRET", "s3cret"}, {"LONG_SECRET", "s3cret " + std::string(300, 'x')}});
    EXPECT_FALSE(loaded.ok());
    EXPECT_THAT(problems(loaded), Not(IsEmpty()));
    EXPECT_THAT(problems(loaded), Each(Not(HasSubstr("s3cret"))));
  }
}

TEST(Secrets, AMessageShowsTheVariableInPlaceOfItsValue) {
  EXPECT_THAT(problems(load("endpoints: [{name: e, url: '${HOST}:80'}]", {{"HOST", "gpu"}})),
              ElementsAre("1:28: `endpoints.url` is wrong: the URL has no scheme; write http://${HOST}:80"));
  EXPECT_THAT(problems(load("endpoints: [{name: e, url: '${HOST}'}]", {{"HOST", "s"}})),
              ElementsAre("1:28: `endpoints.url` is wrong: the URL has no scheme; write http://${HOST}"));
  EXPECT_THAT(problems(load("workers: ${N}", {{"N", "many"}})),
              ElementsAre("1:10: `workers` must be auto, or a whole number from 1 to 1024, not `${N}`"));
  EXPECT_THAT(problems(load("workers: ${N}", {{"N", ""}})),
              ElementsAre("1:10: `workers` is empty, because the variables in it are set to nothing"));
}

}  // namespace
}  // namespace pointsman::config
