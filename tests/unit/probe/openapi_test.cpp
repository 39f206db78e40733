#include "pointsman/probe/openapi.hpp"

#include <gtest/gtest.h>

#include "probing.hpp"

namespace pointsman::probe {
namespace {

using registry::Api;

OpenApi read(const std::string& paths, const std::string& url = "http://host:8000") {
  const auto body = R"({"openapi":"3.1.0","info":{"version":"7"},"paths":)" + paths + "}";
  return read_openapi(answered(get("/openapi.json"), 200, body), config::parse_url(url).value()).value();
}

TEST(OpenApi, ListsRoutesByPathAndMethod) {
  const auto openapi =
      read(R"({"/v1/chat/completions":{"post":{}},"/v1/responses":{"get":{}},"/v1/models":{"get":{}}})");
  EXPECT_TRUE(openapi.offers_any);
  EXPECT_TRUE(openapi.offered[Api::chat_completions]);
  EXPECT_FALSE(openapi.offered[Api::responses]) << "only GET";
  EXPECT_FALSE(openapi.offered[Api::embeddings]);
  EXPECT_EQ(openapi.version, "7");
  EXPECT_EQ(openapi.models_base, "/v1");
}

TEST(OpenApi, KnowsNothingOfAProxysPrefix) {
  EXPECT_TRUE(read(R"({"/v1/responses":{"post":{}}})", "http://host/gpu/v1").offered[Api::responses]);
  EXPECT_TRUE(read(R"({"/gpu/v1/responses":{"post":{}}})", "http://host/gpu/v1").offered[Api::responses]);
  EXPECT_FALSE(read(R"({"/other/v1/responses":{"post":{}}})", "http://host/gpu/v1").offered[Api::responses]);
}

TEST(OpenApi, OfSomethingElseOffersNothing) {
  const auto openapi = read(R"({"/pets":{"post":{}},"/api/v1/models":{"get":{}},"/models":{"get":{}}})");
  EXPECT_FALSE(openapi.offers_any);
  EXPECT_EQ(openapi.models_base, "/api/v1");
}

TEST(OpenApi, IsNothingElse) {
  const auto url = config::parse_url("http://host").value();
  for (const char* body :
       {"", "{}", R"({"openapi":"3"})", R"({"paths":{}})", R"({"openapi":"3","paths":[]})", "<html>"}) {
    EXPECT_FALSE(read_openapi(answered(get("/openapi.json"), 200, body), url)) << body;
  }
  EXPECT_FALSE(read_openapi(answered(get("/openapi.json"), 404, R"({"openapi":"3","paths":{}})"), url));
}

}  // namespace
}  // namespace pointsman::probe
