#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/configuration.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"

// What was asked for in the beginning, story by story (US6 to US10).
namespace pointsman::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";
const std::string responses = "POST /v1/responses";

// Keys in no order, white space, an escape, numbers that no double holds: what a parser in between would change.
const std::string response_body =
    "{ \"output\" :[{\"type\":\"message\",\"content\":[ {\"text\":\"gr\\u00fc\xc3\x9f 😀\",\"type\":\"output_text\"} "
    "]}],\n"
    "\t\"id\":\"resp_1\", \"object\":\"response\",\"model\":\"beta\",\"zeta\":1.0,\"alpha\":12345678901234567890123,"
    "\"usage\":{\"output_tokens\":2,\"input_tokens\":1e2}}\n";

Script answer(const std::string& body) { return json(200, body); }

std::string request_for(const std::string& model) {
  return R"({"model":")" + model + R"(","input":"hello","zeta":1.0})";
}

Json models_of(const GatewayProcess& gateway) {
  return Json::parse(ask(gateway.port(), "GET", "/v1/models").body).at("data");
}

Json model_of(const GatewayProcess& gateway, const std::string& id) {
  return Json::parse(ask(gateway.port(), "GET", "/v1/models/" + id).body);
}

TEST(Acceptance, US6_AResponsePassesThroughAsItIs) {
  FakeUpstream of_alpha({"alpha"}, {{responses, answer("{}")}});
  FakeUpstream of_beta({"beta"}, {{responses, answer(response_body)}});
  GatewayProcess gateway("endpoints:\n" + endpoint("a", of_alpha.url()) + endpoint("b", of_beta.url()));
  gateway.wait_until_ready(2);

  const std::string request = "{\"zeta\":1.0,  \"input\":\"gr\\u00fc\xc3\x9f\",\n\"model\":\"beta\" , \"alpha\":1e2}";
  const auto response = ask(gateway.port(), "POST", "/v1/responses", request);

  EXPECT_EQ(response.status(), 200);
  EXPECT_TRUE(response.complete) << response.fault;
  EXPECT_EQ(response.body, response_body);
  EXPECT_EQ(response.field("x-pointsman-endpoint"), "b");
  ASSERT_THAT(of_beta.requests(), SizeIs(1));
  EXPECT_EQ(of_beta.requests().at(0).body, request);
  EXPECT_EQ(of_beta.requests().at(0).target(), "/v1/responses");
  EXPECT_THAT(of_alpha.requests(), IsEmpty());
}

TEST(Acceptance, US7_AStreamPassesThroughEventByEvent) {
  const std::vector<std::string> events{
      "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0}\n\n",
      ": keep-alive\n\n",
      "event: response.output_text.delta\r\ndata: {\"delta\":\"gr\\u00fc\xc3\x9f 😀\", \"sequence_number\":1}\r\n\r\n",
      "id: 7\nevent: response.completed\ndata: {\"type\":\"response.completed\",\ndata: \"sequence_number\":2}\n\n",
      "data: [DONE]\n\n",
  };
  FakeUpstream upstream({"m"}, {{responses, sse(events)}});
  GatewayProcess gateway("endpoints:\n" + endpoint("e", upstream.url()));
  gateway.wait_until_ready();

  const auto response = ask(gateway.port(), "POST", "/v1/responses", R"({"model":"m","input":"hello","stream":true})");

  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.field("Content-Type"), "text/event-stream");
  EXPECT_TRUE(response.complete) << response.fault;
  std::string all;
  for (const auto& event : events) all += event;
  EXPECT_EQ(response.body, all);
}

TEST(Acceptance, US7_AnErrorEventOfTheEndpointPassesThroughAsItIs) {
  const std::string begun = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0}\n\n";
  const std::string error =
      "event: error\ndata: {\"type\":\"error\",\"sequence_number\":1,\"code\":\"server_error\",\"message\":\"out of "
      "memory\",\"param\":null}\n\n";
  FakeUpstream upstream({"m"}, {{responses, sse({begun, error})}});
  GatewayProcess gateway("endpoints:\n" + endpoint("e", upstream.url()));
  gateway.wait_until_ready();

  const auto response = ask(gateway.port(), "POST", "/v1/responses", R"({"model":"m","input":"hello","stream":true})");

  EXPECT_EQ(response.status(), 200);
  EXPECT_TRUE(response.complete) << response.fault;
  EXPECT_EQ(response.body, begun + error);
}

TEST(Acceptance, US8_AModelWithoutTheApiOnAnyOfItsEndpointsIsAnsweredWith501) {
  FakeUpstream first({"m"}, {{chat, answer("{}")}});
  FakeUpstream second({"m"}, {{chat, answer("{}")}});
  // It has the API, but not for this model.
  FakeUpstream other({"other"}, {{chat, answer("{}")}, {responses, answer("{}")}});
  GatewayProcess gateway("endpoints:\n" + endpoint("first", first.url()) + endpoint("second", second.url()) +
                         endpoint("other", other.url()));
  gateway.wait_until_ready(3);

  for (const std::string body :
       {R"({"model":"m","input":"hello"})", R"({"model":"m","input":"hello","stream":true})"}) {
    const auto response = ask(gateway.port(), "POST", "/v1/responses", body);
    EXPECT_TRUE(is_own_error(response, 501, "unsupported_api"));
    EXPECT_EQ(response.field("x-should-retry"), "false");
    EXPECT_THAT(message_of(response), HasSubstr("'m'"));
    EXPECT_THAT(message_of(response), HasSubstr("'responses'"));
    EXPECT_THAT(message_of(response), HasSubstr("supports: chat_completions."));
    EXPECT_EQ(Json::parse(response.body)["error"]["param"], "model");
  }
  EXPECT_THAT(first.requests(), IsEmpty());
  EXPECT_THAT(second.requests(), IsEmpty());
  EXPECT_THAT(other.requests(), IsEmpty());
}

TEST(Acceptance, US8_AnApiThatNoEndpointHasIsAnsweredWith501) {
  FakeUpstream upstream({"m"}, {{chat, answer("{}")}});
  GatewayProcess gateway("endpoints:\n" + endpoint("e", upstream.url()));
  gateway.wait_until_ready();

  EXPECT_TRUE(is_own_error(ask(gateway.port(), "POST", "/v1/responses", request_for("m")), 501, "unsupported_api"));
  EXPECT_TRUE(is_own_error(ask(gateway.port(), "POST", "/v1/embeddings", request_for("m")), 501, "unsupported_api"));
  EXPECT_THAT(upstream.requests(), IsEmpty());
}

TEST(Acceptance, US9_ModelsTellTheirApis) {
  FakeUpstream both({"org/both:7b"}, {{chat, answer("{}")}, {responses, answer("{}")}});
  FakeUpstream chat_only({"chat-only"}, {{chat, answer("{}")}});
  GatewayProcess gateway("endpoints:\n" + endpoint("both", both.url()) + endpoint("chat", chat_only.url()));
  gateway.wait_until_ready(2);

  const auto models = models_of(gateway);
  ASSERT_THAT(models, SizeIs(2));
  EXPECT_EQ(models[0]["id"], "chat-only");
  EXPECT_EQ(models[0]["supported_apis"], Json::array({"chat_completions"}));
  EXPECT_EQ(models[1]["id"], "org/both:7b");
  EXPECT_EQ(models[1]["supported_apis"], Json::array({"chat_completions", "responses"}));
  for (const auto& model : models) {
    EXPECT_EQ(model["object"], "model");
    EXPECT_EQ(model["created"], 1'700'000'000);
    EXPECT_EQ(model["owned_by"], "test");
    EXPECT_EQ(model["ready"], true);
  }

  EXPECT_EQ(model_of(gateway, "chat-only"), models[0]);
  EXPECT_EQ(model_of(gateway, "org/both:7b"), models[1]);
  EXPECT_EQ(model_of(gateway, "org%2Fboth%3a7b"), models[1]);
}

TEST(Acceptance, US10_NewlyConfiguredEndpointsAreToldApart) {
  FakeUpstream with({"with"}, {{chat, answer("{}")}, {responses, answer("{}")}});
  FakeUpstream without({"without"}, {{chat, answer("{}")}});
  GatewayProcess gateway("endpoints:\n" + endpoint("with", with.url()) + endpoint("without", without.url()));
  gateway.wait_until_ready(2);

  EXPECT_EQ(model_of(gateway, "with")["supported_apis"], Json::array({"chat_completions", "responses"}));
  EXPECT_EQ(model_of(gateway, "without")["supported_apis"], Json::array({"chat_completions"}));
  // Finding that out has cost no token.
  EXPECT_THAT(with.requests(), IsEmpty());
  EXPECT_THAT(without.requests(), IsEmpty());

  EXPECT_EQ(ask(gateway.port(), "POST", "/v1/responses", request_for("with")).status(), 200);
  EXPECT_TRUE(
      is_own_error(ask(gateway.port(), "POST", "/v1/responses", request_for("without")), 501, "unsupported_api"));
}

TEST(Acceptance, US10_OfTwoEndpointsTheOneWithTheApiIsChosen) {
  FakeUpstream with({"m"}, {{chat, answer("{}")}, {responses, answer("{}")}});
  FakeUpstream without({"m"}, {{chat, answer("{}")}});
  GatewayProcess gateway("workers: 1\nendpoints:\n" + endpoint("without", without.url()) +
                         endpoint("with", with.url()));
  gateway.wait_until_ready(2);
  EXPECT_EQ(model_of(gateway, "m")["supported_apis"], Json::array({"chat_completions", "responses"}));
  EXPECT_EQ(model_of(gateway, "m")["endpoints"], Json::array({"without", "with"}));

  for (int i = 0; i < 6; ++i) {
    const auto response = ask(gateway.port(), "POST", "/v1/responses", request_for("m"));
    ASSERT_EQ(response.status(), 200);
    EXPECT_EQ(response.field("x-pointsman-endpoint"), "with");
  }
  EXPECT_THAT(without.requests(), IsEmpty());

  std::map<std::string, int> chats;
  for (int i = 0; i < 6; ++i) {
    ++chats[ask(gateway.port(), "POST", "/v1/chat/completions", request_for("m")).field("x-pointsman-endpoint")];
  }
  EXPECT_THAT(chats, ElementsAre(std::pair("with", 3), std::pair("without", 3)));
}

}  // namespace
}  // namespace pointsman::test
