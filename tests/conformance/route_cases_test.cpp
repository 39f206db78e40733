#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/behind_gateway.hpp"
#include "support/own_answer.hpp"
#include "support/wire.hpp"

// The tricky cases of facts/openai-api.md that lie in the method and the path.
namespace pointsman::test {
namespace {

using Json = nlohmann::json;

class RouteCases : public BehindGateway {
 protected:
  Response send(const std::string& request, bool to_head = false) const {
    RawClient client(port());
    client.send(request);
    return client.read_response(to_head);
  }

  // The fields without those that differ from one answer to the next.
  static std::vector<demo::Header> lasting_fields(const Response& response) {
    auto fields = response.headers;
    std::erase_if(fields, [](const demo::Header& field) { return field.name == "x-request-id"; });
    return fields;
  }
};

TEST_F(RouteCases, Case06_HeadIsGetWithoutTheBody) {
  start({{chat_route, echo()}});
  for (const std::string path : {"/v1/models", "/v1/models/m", "/healthz"}) {
    const auto whole = send(get(path));
    RawClient client(port());
    client.send(get(path, "HEAD") + get(path));
    const auto head = client.read_response(true);
    EXPECT_EQ(head.start_line, whole.start_line) << path;
    EXPECT_EQ(lasting_fields(head), lasting_fields(whole)) << path;
    EXPECT_EQ(head.field("Content-Length"), std::to_string(whole.body.size())) << path;
    // There was no body, or it would stand before this.
    EXPECT_EQ(client.read_response().body, whole.body) << path;
  }
  const auto chat = send(get(chat_path, "HEAD"), true);
  EXPECT_EQ(chat.status(), 405);
  EXPECT_EQ(chat.field("Allow"), "POST");
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(RouteCases, Case07_APreflightNeedsNoKey) {
  start({{chat_route, echo()}}, {.file = "access: {keys: [{name: k, key: right-key}]}\n"});
  for (const std::string path : {chat_path, "/v1/models", "/v1/responses"}) {
    const auto response = send("OPTIONS " + path +
                               " HTTP/1.1\r\nHost: x\r\nOrigin: http://page\r\nAccess-Control-Request-Method: POST\r\n"
                               "Access-Control-Request-Headers: authorization\r\n\r\n");
    // 204 where sharing with other origins is on; where it is not, the browser shall not report a wrong key.
    if (response.status() != 204) EXPECT_TRUE(is_own_error(response, 405)) << path;
  }
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(RouteCases, Case14_ATrailingSlashIsServedOrNotFoundButNeverRedirected) {
  start({{chat_route, echo()}});
  const std::string body = R"({"model":"m"})";
  for (const std::string path : {"/v1/chat/completions/", "/v1/chat/completions//", "/v1/chat/completions/?a=b"}) {
    const auto response = send(post(body, "", path));
    if (response.status() == 200) {
      EXPECT_EQ(response.body, body) << path;
    } else {
      EXPECT_TRUE(is_own_error(response, 404)) << path;
    }
  }
  for (const std::string path : {"/v1/models/", "/v1/models/m/", "/healthz/"}) {
    const auto status = send(get(path)).status();
    EXPECT_TRUE(status == 200 || status == 404) << path << " " << status;
  }
  for (const auto& request : upstream_->requests()) {
    EXPECT_EQ(request.target().substr(0, request.target().find('?')), chat_path);
  }
}

TEST_F(RouteCases, Case15_ASlashInAModelsNameMayBeEscapedOnce) {
  start({{chat_route, echo()}}, {.models = {"m", "org/m", "org/deep/m:7b"}});
  const auto model = [&](const std::string& path) { return send(get("/v1/models/" + path)); };
  const auto plain = model("org/m");
  ASSERT_TRUE(is_own_answer(plain, 200));
  EXPECT_EQ(Json::parse(plain.body)["id"], "org/m");
  EXPECT_EQ(model("org%2Fm").body, plain.body);
  EXPECT_EQ(model("org%2fm").body, plain.body);
  EXPECT_EQ(model("%6Frg/m").body, plain.body);
  EXPECT_EQ(model("org%2Fdeep%2Fm%3A7b").body, model("org/deep/m:7b").body);
  for (const std::string path : {"org%252Fm", "org%2", "org%2Gm", "org%m", "org//m", "org%00m", "ORG/m"}) {
    EXPECT_TRUE(is_own_error(model(path), 404, "model_not_found")) << path;
  }
  // Nothing climbs out of where it stands.
  for (const std::string path :
       {"%2e%2e", "%2e%2e/chat/completions", "..%2f..%2fhealthz", "org/%2e%2e/m", "../models/m", "./m"}) {
    EXPECT_TRUE(is_own_error(model(path), 404, "model_not_found")) << path;
  }
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(RouteCases, Case29_AStreamIsOneWhateverTheClientSaysItAccepts) {
  const std::string events = "data: {\"a\":1}\n\ndata: [DONE]\n\n";
  start({{chat_route, bytes(ok_in_chunks(events, 15, "Content-Type: text/event-stream\r\n"))}});
  for (const std::string accept : {"application/json", "text/event-stream", "*/*", "text/html;q=0"}) {
    const auto response = send(post(R"({"model":"m","stream":true})", "Accept: " + accept + "\r\n"));
    EXPECT_EQ(response.status(), 200) << accept;
    EXPECT_EQ(response.field("Content-Type"), "text/event-stream");
    EXPECT_EQ(response.body, events);
    EXPECT_EQ(*upstream_->requests().back().header("Accept"), accept);
  }
}

TEST_F(RouteCases, Case30_ResponsesAreNotToBeGot) {
  start({{chat_route, echo()}, {"POST /v1/responses", echo()}});
  for (const auto& request : {get("/v1/responses"), get("/v1/responses?limit=1"), get("/v1/responses/")}) {
    const auto response = send(request);
    EXPECT_TRUE(is_own_error(response, 405)) << request;
    EXPECT_EQ(response.field("Allow"), "POST") << request;
  }
  EXPECT_EQ(requests_upstream(), 0u);
}

}  // namespace
}  // namespace pointsman::test
