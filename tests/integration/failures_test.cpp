#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"

// What clients are told when an endpoint fails: by the gateway where it could not be asked, by itself where it
// answered.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string chat = "POST /v1/chat/completions";
const std::string body = R"({"model":"m","messages":[]})";
const std::string often = "probe: {interval: 100ms, timeout: 500ms}\n";

class Failures : public testing::Test {
 protected:
  void start(FakeUpstream::Routes routes, const std::string& settings = "", const std::string& of_endpoint = "") {
    upstream_.emplace(std::vector<std::string>{"m"}, std::move(routes));
    gateway_.emplace(settings + "endpoints:\n" + endpoint("gpu", upstream_->url(), of_endpoint));
  }

  Response post() const { return ask(gateway_->port(), "POST", "/v1/chat/completions", body); }

  // Until the gateway answers so, for what it only learns by its next probe.
  testing::AssertionResult soon_answers(int status, std::string_view code) const {
    Response last;
    eventually([&] { return is_own_error(last = post(), status, code); });
    return is_own_error(last, status, code);
  }

  std::optional<FakeUpstream> upstream_;
  std::optional<GatewayProcess> gateway_;
};

Script unauthorized(int status) { return json(status, R"({"error":{"message":"Invalid API Key"}})"); }
Script loading() { return json(503, R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})"); }

TEST_F(Failures, AModelWhoseEndpointsWentDownIsUnavailableAndStaysListed) {
  start({{chat, json(200, "{}")}}, often);
  gateway_->wait_until_ready();
  upstream_.reset();

  EXPECT_TRUE(soon_answers(503, "no_healthy_endpoint"));
  EXPECT_THAT(message_of(post()), HasSubstr("'m'"));
  const auto model = ask(gateway_->port(), "GET", "/v1/models/m");
  EXPECT_TRUE(is_own_answer(model, 200));
  EXPECT_THAT(model.body, HasSubstr(R"("ready":false)"));
  EXPECT_THAT(model.body, HasSubstr(R"("supported_apis":["chat_completions"])"));
  EXPECT_TRUE(is_own_answer(ask(gateway_->operations_port(), "GET", "/readyz"), 503));
}

TEST_F(Failures, AnEndpointThatCameBackIsFoundWhenSomebodyAsksForIt) {
  const FakeUpstream::Routes routes{{chat, json(200, "{}")}};
  start(routes, "probe: {interval: 1h}\n");
  gateway_->wait_until_ready();
  const auto port = upstream_->port();
  upstream_.reset();
  ASSERT_TRUE(soon_answers(503, "no_healthy_endpoint"));
  // By then it has been found down, and would be left alone for an hour.
  ASSERT_TRUE(eventually([&] {
    const auto states = ask(gateway_->operations_port(), "GET", "/readyz?verbose");
    return states.body.find("nothing listens") != states.body.npos;
  }));
  upstream_.emplace(std::vector<std::string>{"m"}, routes, demo::ScriptedServer::Options{.port = port});
  EXPECT_TRUE(eventually([&] { return post().status() == 200; }));
}

TEST_F(Failures, AnEndpointThatLoadsIsUnavailableAndThenServes) {
  // Shared, because the endpoint is probed beyond the end of this function.
  const auto loads = std::make_shared<std::atomic<bool>>(true);
  start({{"GET /v1/models",
          [loads](Conversation& conversation) -> boost::asio::awaitable<void> {
            const auto script = *loads ? loading() : json(200, R"({"object":"list","data":[{"id":"m"}]})");
            co_await script(conversation);
          }},
         {chat, json(200, "{}")}},
        often);
  EXPECT_TRUE(soon_answers(503, "no_healthy_endpoint"));
  *loads = false;
  gateway_->wait_until_ready();
  EXPECT_EQ(post().status(), 200);
  *loads = true;
  EXPECT_TRUE(soon_answers(503, "no_healthy_endpoint"));
}

TEST_F(Failures, AnEndpointThatLoadsFromTheBeginningHasPerhapsTheModel) {
  start({{"GET /v1/models", loading()}});
  ASSERT_TRUE(upstream_->server().wait_for([](const auto& seen) { return seen.requests > 0; }, Milliseconds(10'000)));
  EXPECT_TRUE(gateway_->says("is loading"));
  EXPECT_TRUE(is_own_error(post(), 503, "no_healthy_endpoint"));
}

TEST_F(Failures, AnEndpointThatRefusesOurKeyIsUnavailable) {
  for (const int status : {401, 403}) {
    start({{"GET /v1/models", unauthorized(status)}}, "", "api_key: not-its-key");
    EXPECT_TRUE(gateway_->says("refuses the key"));
    EXPECT_TRUE(is_own_error(post(), 503, "no_healthy_endpoint"));
    EXPECT_THAT(gateway_->process().output(), Not(HasSubstr("not-its-key")));
  }
}

TEST_F(Failures, AnEndpointThatIsGoneSinceItsLastProbeIsABadGateway) {
  start({{chat, json(200, "{}")}});
  gateway_->wait_until_ready();
  ASSERT_EQ(post().status(), 200);
  const auto address = upstream_->url().substr(std::string("http://").size());
  upstream_.reset();

  const auto response = post();
  EXPECT_TRUE(is_own_error(response, 502, "upstream_error"));
  EXPECT_THAT(message_of(response), HasSubstr("'gpu' cannot be reached"));
  // Where it is, is for the log alone.
  EXPECT_THAT(response.raw, Not(HasSubstr(address)));
  EXPECT_TRUE(gateway_->says(address + ": "));
}

TEST_F(Failures, AnEndpointThatClosesAtOnceIsABadGateway) {
  for (const bool by_reset : {false, true}) {
    start({{chat, [by_reset](Conversation& conversation) -> boost::asio::awaitable<void> {
              by_reset ? conversation.reset() : conversation.close();
              co_return;
            }}});
    gateway_->wait_until_ready();
    EXPECT_TRUE(is_own_error(post(), 502, "upstream_error"));
    // Once more, and not for ever.
    EXPECT_THAT(upstream_->requests(), SizeIs(2));
  }
}

TEST_F(Failures, AnEndpointThatIsSilentTooLongIsATimeout) {
  for (const auto* begun : {"", "HTTP/1.1 200 OK\r\nContent-"}) {
    SCOPED_TRACE(begun);
    start({{chat,
            [begun](Conversation& conversation) -> boost::asio::awaitable<void> {
              if (*begun != '\0') co_await conversation.send(begun);
              co_await conversation.until_client_leaves();
            }}},
          "", "timeouts: {first_byte: 200ms}");
    gateway_->wait_until_ready();
    const auto response = post();
    EXPECT_TRUE(is_own_error(response, 504, "upstream_timeout"));
    EXPECT_EQ(message_of(response), "The endpoint 'gpu' did not answer in time (`timeouts.first_byte`: 200 ms).");
    // It is told to stop.
    EXPECT_TRUE(
        upstream_->server().wait_for([](const auto& seen) { return seen.abandoned == 1; }, Milliseconds(1'000)));
    EXPECT_THAT(upstream_->requests(), SizeIs(1));
  }
}

TEST_F(Failures, TheEndpointsOwnErrorsPassAsTheyAre) {
  for (const int status : {400, 401, 403, 404, 409, 413, 422, 429, 500, 501, 502, 503, 504, 529}) {
    SCOPED_TRACE(status);
    const std::string error =
        "{ \"error\" :{\"code\": " + std::to_string(status) + ",\"message\":\"gr\\u00fc\xc3\x9f\"} }\n";
    start({{chat,
            json(status, error, {{"Retry-After", "77"}, {"retry-after-ms", "77000"}, {"x-request-id", "theirs"}})}});
    gateway_->wait_until_ready();
    const auto response = post();
    EXPECT_EQ(response.start_line, "HTTP/1.1 " + std::to_string(status) + " Scripted");
    EXPECT_EQ(response.body, error);
    const std::vector<demo::Header> expected{
        {"Content-Type", "application/json"},
        {"Retry-After", "77"},
        {"retry-after-ms", "77000"},
        {"x-request-id", "theirs"},
        {"x-pointsman-endpoint", "gpu"},
        {"Content-Length", std::to_string(error.size())},
        {"Connection", "close"},
    };
    EXPECT_THAT(response.headers, testing::UnorderedElementsAreArray(expected));
    // It asks for a pause that is too long to be waited for.
    EXPECT_THAT(upstream_->requests(), SizeIs(1));
  }
}

TEST_F(Failures, AnErrorThatIsNoJsonPassesAsItIs) {
  start({{chat,
          bytes("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<h1>nginx</h1>\n")}});
  gateway_->wait_until_ready();
  const auto response = post();
  EXPECT_EQ(response.status(), 502);
  EXPECT_EQ(response.body, "<h1>nginx</h1>\n");
  EXPECT_EQ(response.field("Content-Type"), "text/html");
}

}  // namespace
}  // namespace pointsman::test
