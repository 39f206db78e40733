#include "pointsman/api/openapi.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "pointsman/api/operations.hpp"
#include "pointsman/api/routes.hpp"

// That the document has every route, and no other. tests/openapi_test.py holds it against answers.
namespace pointsman::api {
namespace {

using Json = nlohmann::json;
using Table = std::map<std::string, std::string>;  // "post /v1/rerank", to the name of its API

const Json& document() {
  static const Json parsed = Json::parse(openapi_document(Listener::clients));
  return parsed;
}

// HEAD is where GET is, which the document says once.
std::set<std::string> methods_of(std::string allow) {
  std::set<std::string> methods;
  std::ranges::transform(allow, allow.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string method : {"get", "post", "delete", "put", "patch"}) {
    if (allow.find(method) != std::string::npos) methods.insert(method);
  }
  return methods;
}

Table of_the_program() {
  Table operations;
  for (const auto& route : all_routes()) {
    std::string path(route.label);
    if (route.kind == RouteKind::websocket) path.resize(path.find(' '));
    for (const auto& method : methods_of(std::string(route.allow))) operations[method + " " + path] = api_name(route);
  }
  for (const auto path : operations_paths()) operations["get " + std::string(path)] = "";
  return operations;
}

Table of_the_document() {
  Table operations;
  for (const auto& [path, methods] : document()["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (method != "servers") operations[method + " " + path] = operation.value("x-pointsman-api", "");
    }
  }
  return operations;
}

TEST(OpenApi, HasEveryRouteAndNoOther) { EXPECT_EQ(of_the_document(), of_the_program()); }

TEST(OpenApi, SaysWhichListenerHasAPath) {
  for (const auto& [path, methods] : document()["paths"].items()) {
    const auto servers = methods.value("servers", document()["servers"]);
    const auto is_at = [&](const std::string& port) {
      return std::ranges::any_of(servers,
                                 [&](const Json& each) { return each["url"].get<std::string>().ends_with(port); });
    };
    const auto own = operations_paths();
    EXPECT_EQ(is_at(":8485"), std::ranges::find(own, path) != own.end()) << path;
    EXPECT_EQ(is_at("/"), match("GET", path).route != nullptr) << path;
  }
}

TEST(OpenApi, NamesTheApisThatThereAre) {
  Json names = Json::array();
  for (const auto& row : registry::api_table) names.push_back(row.name);
  EXPECT_EQ(document()["components"]["schemas"]["Api"]["enum"], names);
}

TEST(OpenApi, IsOfThisVersion) {
  EXPECT_EQ(document()["info"]["version"], POINTSMAN_VERSION);
  EXPECT_EQ(document()["openapi"], "3.1.0");
}

}  // namespace
}  // namespace pointsman::api
