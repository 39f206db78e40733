#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"

// What the gateway answers by itself: its own routes, and requests that it cannot pass on. Nothing of them goes
// upstream.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";

class Answers : public testing::Test {
 protected:
  void start(const std::string& more = "") {
    gateway_.emplace(more + "endpoints:\n" + endpoint("e", upstream_.url()));
    gateway_->wait_until_ready();
  }

  Response post(const std::string& body, const std::string& target = "/v1/chat/completions") const {
    return ask(gateway_->port(), "POST", target, body);
  }
  Response get(const std::string& target) const { return ask(gateway_->port(), "GET", target); }

  FakeUpstream upstream_{{"m", "org/m:7b"}, {{chat, json(200, "{}")}}};
  std::optional<GatewayProcess> gateway_;
};

TEST_F(Answers, AnUnknownModelIsNotFound) {
  start();
  const auto response = post(R"({"model":"no-such-model","messages":[]})");
  EXPECT_TRUE(is_own_error(response, 404, "model_not_found"));
  EXPECT_THAT(message_of(response), HasSubstr("'no-such-model'"));
  EXPECT_EQ(Json::parse(response.body)["error"]["param"], "model");
  // Whatever stands in the name, the answer is clean JSON.
  for (const auto* name : {R"(\u0000\"\\\n)", "\xf0\x9f\x98\x80", R"(\ud83d\ude00)", "<b>", R"(x\r\ny: z)"}) {
    EXPECT_TRUE(is_own_error(post(R"({"model":")" + std::string(name) + "\"}"), 404, "model_not_found"));
  }
  EXPECT_TRUE(is_own_error(get("/v1/models/no-such-model"), 404, "model_not_found"));
  EXPECT_TRUE(is_own_error(get("/v1/models/%00%0d%0a%ff"), 404, "model_not_found"));
  EXPECT_TRUE(is_own_error(get("/v1/models/org%252Fm:7b"), 404, "model_not_found"));  // decoded once
  EXPECT_TRUE(is_own_error(get("/v1/models/M"), 404, "model_not_found"));
}

TEST_F(Answers, AnUnknownPathIsNotFound) {
  start();
  for (const auto* path : {"/", "/v1", "/v1/", "/v1/nothing", "/v2/models", "/v1/modelsx", "/v1/chat",
                           "/chat/completions", "/v1/chat/completions/x/y", "/V1/models", "/v1//models", "/v1/%6dodels",
                           "/readyz", "/v1/chat%2Fcompletions", "/v1/../v1/models"}) {
    SCOPED_TRACE(path);
    EXPECT_TRUE(is_own_error(get(path), 404));
    EXPECT_TRUE(is_own_error(post("{}", path), 404));
  }
  EXPECT_THAT(message_of(get("/v1/nothing")), HasSubstr("GET /v1/nothing"));
  EXPECT_THAT(upstream_.requests(), IsEmpty());
}

TEST_F(Answers, AWrongMethodIsToldTheRightOnes) {
  start();
  struct Case {
    std::string method;
    std::string path;
    std::string allow;
  };
  for (const auto& [method, path, allow] : std::vector<Case>{
           {"GET", "/v1/chat/completions", "POST"},
           {"PUT", "/v1/chat/completions", "POST"},
           {"OPTIONS", "/v1/chat/completions", "POST"},
           {"GET", "/v1/responses", "POST"},
           {"DELETE", "/v1/embeddings", "POST"},
           {"get", "/v1/completions", "POST"},
           {"POST", "/v1/models", "GET, HEAD"},
           {"DELETE", "/v1/models/m", "GET, HEAD"},
           {"POST", "/healthz", "GET, HEAD"},
       }) {
    SCOPED_TRACE(method + " " + path);
    const auto response = ask(gateway_->port(), method, path);
    EXPECT_TRUE(is_own_error(response, 405));
    EXPECT_EQ(response.field("Allow"), allow);
  }
  EXPECT_THAT(upstream_.requests(), IsEmpty());
}

TEST_F(Answers, HeadIsGetWithoutTheBody) {
  start();
  for (const auto* path :
       {"/v1/models", "/v1/models/m", "/v1/models/no-such-model", "/healthz", "/nowhere", "/v1/chat/completions"}) {
    SCOPED_TRACE(path);
    RawClient client(gateway_->port());
    client.send("HEAD " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto head = client.read_response(true);
    const auto whole = get(path);
    EXPECT_EQ(head.status(), whole.status());
    EXPECT_EQ(head.field("Content-Type"), "application/json");
    EXPECT_NE(head.field("x-request-id"), "");
    EXPECT_NE(head.field("Content-Length"), "");
    if (head.status() == 200) {
      EXPECT_EQ(head.field("Content-Length"), whole.field("Content-Length"));
    } else if (head.status() == 405) {
      EXPECT_EQ(head.field("Allow"), "POST");
    }
    // There was no body, or this would be read as one.
    client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(is_own_answer(client.read_response(), 200));
  }
}

TEST_F(Answers, AnUnknownPathIsAnsweredWithTheOneThatWasMeant) {
  start();
  EXPECT_EQ(message_of(get("/models")),
            "There is nothing at GET /models; did you mean /v1/models? A client's base URL ends with /v1.");
  EXPECT_EQ(message_of(post("{}", "/v1/chat/completion")),
            "There is nothing at POST /v1/chat/completion; did you mean /v1/chat/completions?");
  EXPECT_EQ(message_of(post("{}", "/v1/v1/messages")),
            "There is nothing at POST /v1/v1/messages; did you mean /v1/messages? The client adds /v1 itself: leave it "
            "out of its base URL.");
  EXPECT_EQ(message_of(get("/v1/unknown")), "There is nothing at GET /v1/unknown. GET /openapi.json lists the routes.");
  EXPECT_EQ(message_of(ask(gateway_->operations_port(), "GET", "/ready")),
            "There is nothing at GET /ready; did you mean /readyz?");
}

TEST_F(Answers, OurOwnRoutesAreJsonWithARequestId) {
  start();
  for (const auto* path : {"/v1/models", "/v1/models/", "/v1/models/m", "/v1/models/org/m:7b", "/v1/models/org%2Fm:7b",
                           "/healthz", "/v1/models?limit=1"}) {
    SCOPED_TRACE(path);
    EXPECT_TRUE(is_own_answer(get(path), 200));
  }
  EXPECT_TRUE(is_own_answer(ask(gateway_->operations_port(), "GET", "/healthz"), 200));
  EXPECT_TRUE(is_own_answer(ask(gateway_->operations_port(), "GET", "/readyz"), 200));
  EXPECT_TRUE(is_own_error(ask(gateway_->operations_port(), "GET", "/v1/models"), 404));
  EXPECT_TRUE(is_own_error(ask(gateway_->operations_port(), "POST", "/readyz"), 405));
  EXPECT_NE(get("/healthz").field("x-request-id"), get("/healthz").field("x-request-id"));
}

TEST_F(Answers, ABodyWithoutAUsableModelIsABadRequest) {
  start();
  struct Case {
    std::string body;
    std::string param;
  };
  for (const auto& [body, param] : std::vector<Case>{
           {R"({"messages":[]})", "model"},
           {R"({"model":123})", "model"},
           {R"({"model":null})", "model"},
           {R"({"model":[]})", "model"},
           {R"({"model":["m"]})", "model"},
           {R"({"model":{}})", "model"},
           {R"({"model":""})", "model"},
           {R"({"model":true})", "model"},
           {R"({"model":"m","model":"m"})", "model"},
           {R"({"model":"m","messages":[],"model":"other"})", "model"},
           {R"({"model":"m","m\u006fdel":"other"})", "model"},
           {R"({"messages":[{"model":"m"}]})", "model"},
           {R"({"model":")" + std::string(100'000, 'm') + "\"}", "model"},
           {R"({"model":"m","stream":"yes"})", "stream"},
       }) {
    SCOPED_TRACE(body.substr(0, 100));
    const auto response = post(body);
    EXPECT_TRUE(is_own_error(response, 400));
    EXPECT_EQ(Json::parse(response.body)["error"]["param"], param);
  }
  EXPECT_THAT(upstream_.requests(), IsEmpty());
}

TEST_F(Answers, ABodyThatIsNotJsonIsABadRequest) {
  start();
  std::vector<std::string> bodies{
      "",
      "hello",
      "\"m\"",
      "[]",
      "null",
      "model=m",
      R"({"model":"m")",
      R"({"model":"m","messages":[)",
      R"({"model":"m","messages":[{"content":"cut)",
      R"({"model":"m"} x)",
      R"({"model":"m"}{"model":"m"})",
      R"({"model":"m",})",
      R"({'model':'m'})",
      R"({"model":"m","x":tru})",
      "{\"model\":\"\xff\"}",
      "{\"model\":\"m\",\"x\":\"\x01\"}",
      std::string("\xff\xfe{\0", 4),
  };
  for (const std::string open : {"[", "{\"a\":"}) {
    std::string nested = R"({"model":"m","x":)";
    for (int level = 0; level < 10'000; ++level) nested += open;
    bodies.push_back(nested);
  }
  bodies.push_back(R"({"model":"m","x":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}");
  for (const auto& body : bodies) {
    SCOPED_TRACE(body.substr(0, 100));
    EXPECT_TRUE(is_own_error(post(body), 400));
  }
  EXPECT_THAT(upstream_.requests(), IsEmpty());
}

TEST_F(Answers, HttpThatIsNotCleanIsABadRequestInTheSameShape) {
  start();
  struct Case {
    std::string request;
    int status;
  };
  for (const auto& [request, status] : std::vector<Case>{
           {"nonsense\r\n\r\n", 400},
           {"GET /healthz HTTP/1.1\r\n\r\n", 400},
           {"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", 400},
           {"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
           {"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", 400},
           {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n", 431},
       }) {
    SCOPED_TRACE(request.substr(0, 120));
    RawClient client(gateway_->port());
    client.send(request);
    EXPECT_TRUE(is_own_error(client.read_response(), status));
  }
}

TEST_F(Answers, ALargeBodyIsRefusedByItsLengthBeforeItIsSent) {
  start("limits: {request_body: 1KiB}\n");
  RawClient client(gateway_->port());
  client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1025\r\n\r\n");
  const auto response = client.read_response();
  EXPECT_TRUE(is_own_error(response, 413, "request_too_large"));
  EXPECT_THAT(response.interim, IsEmpty());
  EXPECT_THAT(message_of(response), HasSubstr("limits.request_body"));
  EXPECT_THAT(upstream_.requests(), IsEmpty());
}

TEST_F(Answers, ALargeBodyIsRefusedHoweverItComes) {
  start("limits: {request_body: 1KiB}\n");
  const std::string allowed = R"({"model":"m"})" + std::string(1024 - 13, ' ');
  EXPECT_EQ(post(allowed).status(), 200);
  EXPECT_TRUE(is_own_error(post(allowed + " "), 413, "request_too_large"));

  const auto in_chunks = [&](std::size_t chunks) {
    std::string text = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < chunks; ++i) text += "40\r\n" + allowed.substr(i == 0 ? 0 : 64, 64) + "\r\n";
    RawClient client(gateway_->port());
    client.send(text + (chunks > 16 ? "" : "0\r\n\r\n"));  // a longer one never comes to its end
    return client.read_response();
  };
  EXPECT_EQ(in_chunks(16).status(), 200);
  EXPECT_TRUE(is_own_error(in_chunks(17), 413, "request_too_large"));
  EXPECT_THAT(upstream_.requests(), SizeIs(2));
}

TEST_F(Answers, ARefusalIsReadableThoughItsBodyIsNot) {
  start();
  RawClient client(gateway_->port());
  client.send("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  const auto response = client.read_response();
  EXPECT_TRUE(is_own_error(response, 404));
  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST_F(Answers, NothingIsInvitedThatIsRefusedAnyway) {
  start("access: {keys: [{name: k, key: right-key}]}\n");
  const std::string request =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 13\r\n";
  RawClient stranger(gateway_->port());
  stranger.send(request + "\r\n");
  const auto refusal = stranger.read_response();
  EXPECT_TRUE(is_own_error(refusal, 401, "invalid_api_key"));
  EXPECT_THAT(refusal.interim, IsEmpty());

  RawClient friendly(gateway_->port());
  friendly.send(request + "x-api-key: right-key\r\n\r\n");
  EXPECT_EQ(friendly.read_some(), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_F(Answers, TheirBytesAreInTheAccessLine) {
  start();
  const auto bytes_out = [&](const Response& response) {
    Json found;
    eventually([&] {
      const auto output = gateway_->process().output();
      const auto id = output.find(R"("request_id":")" + response.field("x-request-id"));
      if (id == output.npos) return false;
      const auto begin = output.rfind('\n', id) + 1;
      found = Json::parse(output.substr(begin, output.find('\n', begin) - begin), nullptr, false);
      return found.is_object();
    });
    return found.is_object() ? found.at("bytes_out").get<std::size_t>() : std::size_t{0};
  };
  for (const auto& response : {post(R"({"model":"no-such-model"})"), post("no JSON"), get("/nowhere"),
                               get("/v1/chat/completions"), get("/v1/models"), get("/healthz"),
                               post(R"({"model":"m"})", "/v1/embeddings"), ask(gateway_->port(), "G@T", "/")}) {
    EXPECT_FALSE(response.body.empty());
    EXPECT_EQ(bytes_out(response), response.body.size()) << response.raw;
  }
  const auto head = ask(gateway_->port(), "HEAD", "/v1/models");
  EXPECT_EQ(bytes_out(head), 0u) << head.raw;
}

TEST_F(Answers, AnApiThatTheModelLacksIsNotImplemented) {
  start();
  const auto response = post(R"({"model":"org/m:7b","input":"x"})", "/v1/embeddings");
  EXPECT_TRUE(is_own_error(response, 501, "unsupported_api"));
  EXPECT_THAT(message_of(response), HasSubstr("'embeddings'"));
  EXPECT_THAT(upstream_.requests(), IsEmpty());
}

}  // namespace
}  // namespace pointsman::test
