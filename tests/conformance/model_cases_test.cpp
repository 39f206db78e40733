#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "support/behind_gateway.hpp"
#include "support/own_answer.hpp"
#include "support/wire.hpp"

// The tricky cases of facts/openai-api.md that lie in the JSON of a request: which model does it name?
namespace pointsman::test {
namespace {

using Json = nlohmann::json;

class ModelCases : public BehindGateway {
 protected:
  Response post_whole(const std::string& body) const { return ask(port(), "POST", chat_path, body); }

  // Refused with this parameter named, and sent nowhere.
  void expect_refused(const std::vector<std::string>& bodies, const Json& param) const {
    for (const auto& body : bodies) {
      SCOPED_TRACE(body.substr(0, 100));
      const auto response = post_whole(body);
      EXPECT_TRUE(is_own_error(response, 400));
      const auto error = Json::parse(response.body, nullptr, false);
      if (error.is_object()) EXPECT_EQ(error["error"]["param"], param);
    }
    EXPECT_EQ(requests_upstream(), 0u);
  }
};

TEST_F(ModelCases, Case08_TwoModelKeysAreRefused) {
  start({{chat_route, echo()}}, {.models = {"m", "other"}});
  expect_refused(
      {
          R"({"model":"m","model":"other"})", R"({"model":"m","messages":[],"model":"m"})",
          R"({"model":"m","m\u006fdel":"other"})", R"({"\u006dodel":"m","model":"other"})",
          R"({"model":"m","model":null})", R"({"model":123,"model":"m"})",
          R"({"model":"m","Model":"other"})",  // Go's parser takes it for the same key
      },
      "model");
}

TEST_F(ModelCases, Case09_AModelThatIsNoNameIsRefused) {
  start({{chat_route, echo()}});
  expect_refused(
      {
          R"({"model":123})",
          R"({"model":null})",
          R"({"model":[]})",
          R"({"model":["m"]})",
          R"({"model":{}})",
          R"({"model":{"id":"m"}})",
          R"({"model":""})",
          R"({"model":true})",
          R"({"messages":[]})",
          "{}",
      },
      "model");
}

TEST_F(ModelCases, Case10_AByteOrderMarkIsRoutedWithTheBytesUnchanged) {
  start({{chat_route, echo()}});
  RawClient client(port());
  const std::string body = "\xef\xbb\xbf{\"model\":\"m\"}";
  for (const auto& request : {post(body), post_in_chunks(body, 1)}) {
    client.send(request);
    const auto response = client.read_response();
    ASSERT_EQ(response.status(), 200);
    EXPECT_EQ(response.body, body);
  }
  // Of another encoding, or in the wrong place, it is a clear refusal.
  for (const std::string& wrong : {std::string("\xff\xfe{\0}\0", 6), std::string("\xfe\xff\0{\0}", 6),
                                   "\xef\xbb\xbf" + body, std::string("\xef\xbb")}) {
    EXPECT_TRUE(is_own_error(post_whole(wrong), 400));
  }
  EXPECT_EQ(requests_upstream(), 2u);
}

TEST_F(ModelCases, Case11_EscapesMeanWhatTheyStandFor) {
  start({{chat_route, echo()}}, {.models = {"gpt-4", "grün/😀"}});
  for (const std::string body : {
           R"({"model":"gpt\u002d4"})",
           R"({"m\u006fdel":"gpt-4"})",
           R"({"\u006d\u006F\u0064\u0065\u006c" : "\u0067p\u0074-\u0034"})",
           R"({"model":"gr\u00fcn\/\uD83D\uDE00"})",
           R"({"model":"grün/😀"})",
       }) {
    const auto response = post_whole(body);
    EXPECT_EQ(response.status(), 200) << body;
    EXPECT_EQ(response.body, body);
  }
}

TEST_F(ModelCases, Case12_ADecoyIsNotTakenForTheModel) {
  start({{chat_route, echo()}}, {.models = {"m", "decoy"}, .upstream = {.keep_requests = false}});
  const std::string base64(20'000'000, 'A');
  const std::string body =
      R"({"tools":[{"model":"decoy"}],"messages":[{"model":"decoy","content":"\",\"model\":\"decoy\"",)"
      R"("image":"data:image/png;base64,)" +
      base64 + R"("}],"metadata":{"model":"decoy"},"models":"decoy","x":"\"model\":\"decoy\"","model":"m"})";
  RawClient client(port(), Milliseconds(60'000));
  client.send(post(body));
  const auto response = client.read_response();
  EXPECT_EQ(response.status(), 200) << response.body.substr(0, 500);
  EXPECT_TRUE(response.body == body);

  EXPECT_TRUE(is_own_error(post_whole(R"({"tools":[{"model":"m"}],"model":"no-such"})"), 404, "model_not_found"));
}

TEST_F(ModelCases, Case13_WhatIsNotJsonIsRefusedInBoundedTime) {
  start({{chat_route, echo()}});
  const std::string whole = R"({"model":"m","messages":[{"role":"user","content":"a\u00fc"}],"n":-1.5e3,"x":null})";
  std::vector<std::string> bodies{
      whole + " x",
      whole + whole,
      whole + "]",
      R"({"model":"m",})",
      R"(["model","m"])",
      R"({'model':'m'})",
      "{\"model\":\"m\",\"x\":\"\xff\"}",
  };
  for (std::size_t size = 1; size < whole.size(); ++size) bodies.push_back(whole.substr(0, size));
  std::string objects = R"({"model":"m","x":)";
  for (int level = 0; level < 10'000; ++level) objects += "{\"a\":";
  bodies.push_back(objects);
  bodies.push_back(R"({"model":"m","x":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}");
  bodies.push_back(R"({"model":"m","x":)" + std::string(10'000'000, '['));
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& body : bodies) {
    ASSERT_TRUE(is_own_error(post_whole(body), 400)) << body.substr(0, 200);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(requests_upstream(), 0u);
}

}  // namespace
}  // namespace pointsman::test
