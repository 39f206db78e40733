#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "pointsman/registry/api.hpp"
#include "support/configuration.hpp"
#include "support/doubles/double.hpp"
#include "support/doubles/ollama.hpp"
#include "support/eventually.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"

// What GET /v1/models says of each endpoint when it is asked for more.
namespace pointsman::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class VerboseModels : public testing::Test {
 protected:
  void start(const std::string& yaml, std::size_t endpoints_up = 1) {
    gateway_.emplace(GatewayProcess::Options{yaml, {{"TEAM_KEY", "team-key"}, {"ENDPOINT_KEY", "endpoint-key"}}, {}});
    gateway_->wait_until_ready(endpoints_up);
  }
  Response get(const std::string& target, const std::vector<demo::Header>& headers = {}) const {
    return ask(gateway_->port(), "GET", target, "", headers);
  }
  Json parsed(const std::string& target) const { return Json::parse(get(target).body); }
  // Of the only model with that id.
  Json details(const std::string& model) const {
    return parsed("/v1/models/" + model + "?verbose=true").at("endpoint_details");
  }

  // With the models `m` and `secret`.
  struct Plain : OllamaServer {
    Plain() { models = {"m", "secret"}; }
  };
  Plain plain_;
  const ServerDouble upstream_{[this](const Asked& asked) { return plain_.answer(asked); }};
  std::optional<GatewayProcess> gateway_;
};

TEST_F(VerboseModels, SaysHowEachVerdictIsKnown) {
  OllamaServer ollama;
  const ServerDouble server([&](const Asked& asked) { return ollama.answer(asked); });
  start("endpoints:\n" + endpoint("o", server.url().text(), "apis: {completions: false}"));
  const auto all = parsed("/v1/models?verbose=true").at("data");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].at("endpoint_details"), parsed("/v1/models/llama3.2:3b?verbose=1").at("endpoint_details"));

  const auto details = all[0].at("endpoint_details");
  ASSERT_EQ(details.size(), 1u);
  const auto& chat_model = details[0];
  EXPECT_EQ(chat_model.at("name"), "o");
  EXPECT_EQ(chat_model.at("health"), "up");
  EXPECT_EQ(chat_model.at("server_type"), "ollama");
  EXPECT_EQ(chat_model.at("version"), ollama.version());
  EXPECT_EQ(chat_model.at("model"), "llama3.2:3b");
  EXPECT_EQ(chat_model.at("loaded"), false);
  EXPECT_EQ(chat_model.at("load"), (Json{{"in_flight", 0}, {"foreign", 0}, {"slots", nullptr}}));
  EXPECT_EQ(chat_model.at("apis").size(), registry::api_count);

  const auto& chat = chat_model.at("apis").at("chat_completions");
  EXPECT_EQ(chat.at("verdict"), "yes");
  EXPECT_EQ(chat.at("how"), "probed");
  EXPECT_GE(chat.at("age_seconds").get<int>(), 0);
  EXPECT_LT(chat.at("age_seconds").get<int>(), 60);
  EXPECT_EQ(chat_model.at("apis").at("completions"),
            (Json{{"verdict", "no"}, {"how", "configured"}, {"age_seconds", nullptr}}));
  EXPECT_EQ(chat_model.at("apis").at("embeddings").at("verdict"), "no");

  const auto& embedding_model = all[1].at("endpoint_details")[0];
  EXPECT_EQ(embedding_model.at("model"), "nomic-embed-text:latest");
  EXPECT_EQ(embedding_model.at("loaded"), true);
  EXPECT_EQ(embedding_model.at("apis").at("embeddings").at("verdict"), "yes");
  EXPECT_THAT(ollama.violations(), testing::IsEmpty());
}

TEST_F(VerboseModels, HasEveryEndpointOfAModelUpOrNot) {
  Plain other;
  std::optional<ServerDouble> falling(std::in_place, [&](const Asked& asked) { return other.answer(asked); });
  start("probe: {interval: 1s}\nendpoints:\n" + endpoint("stays", upstream_.url().text()) +
            endpoint("falls", falling->url().text()),
        2);
  falling.reset();
  ASSERT_TRUE(eventually([&] { return details("m").at(1).at("health") == "down"; }));
  const auto both = details("m");
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].at("name"), "stays");
  EXPECT_EQ(both[0].at("health"), "up");
  EXPECT_EQ(both[1].at("name"), "falls");
  EXPECT_THAT(both[1].dump(), Not(HasSubstr("127.0.0.1"))) << "addresses are for operators";
}

TEST_F(VerboseModels, ShowsTheNameBehindAnAlias) {
  start("endpoints:\n" + endpoint("e", upstream_.url().text(), "models: [{id: m, aliases: [alias]}]"));
  EXPECT_EQ(details("alias").at(0).at("model"), "m");
  EXPECT_EQ(details("alias").at(0).at("apis").at("chat_completions").at("verdict"), "yes");
}

TEST_F(VerboseModels, IsNotThereUnlessAskedFor) {
  start("endpoints:\n" + endpoint("e", upstream_.url().text()));
  for (const std::string path : {"/v1/models", "/v1/models/m"}) {
    const auto plain = get(path).body;
    EXPECT_THAT(plain, Not(HasSubstr("endpoint_details")));
    for (const auto* query : {"?", "?verbose=false", "?verbose=0", "?limit=20", "?verbosely=true"}) {
      EXPECT_EQ(get(path + query).body, plain) << path << query;
    }
    EXPECT_THAT(get(path + "?limit=20&verbose=1").body, HasSubstr("endpoint_details"));
    EXPECT_THAT(get(path + "?verbose=%74rue").body, HasSubstr("endpoint_details"));
    for (const auto* query : {"?verbose=yes", "?verbose=TRUE", "?verbose=", "?verbose", "?verbose=2"}) {
      const auto response = get(path + query);
      EXPECT_TRUE(is_own_error(response, 400)) << path << query;
      EXPECT_EQ(message_of(response), "'verbose' in the query must be true or 1, or else false or 0.");
    }
  }
}

TEST_F(VerboseModels, ShowsAKeyOnlyWhatItMayUseAndNoSecrets) {
  start("access: {keys: [{name: team, key: \"${TEAM_KEY}\", models: [m]}]}\nendpoints:\n" +
        endpoint("e", upstream_.url().text(), "api_key: \"${ENDPOINT_KEY}\""));
  EXPECT_TRUE(is_own_error(get("/v1/models?verbose=true"), 401, "invalid_api_key"));
  EXPECT_TRUE(is_own_error(get("/v1/models?verbose=maybe"), 401, "invalid_api_key"));
  const std::vector<demo::Header> key{{"Authorization", "Bearer team-key"}};
  const auto listed = get("/v1/models?verbose=true", key);
  ASSERT_EQ(listed.status(), 200);
  EXPECT_THAT(listed.body, HasSubstr("endpoint_details"));
  EXPECT_THAT(listed.body, Not(HasSubstr("secret")));
  EXPECT_THAT(listed.body, Not(HasSubstr("-key")));
  EXPECT_THAT(listed.body, Not(HasSubstr(std::to_string(upstream_.port())))) << "no URLs";
  EXPECT_TRUE(is_own_error(get("/v1/models/secret?verbose=true", key), 404, "model_not_found"));
}

}  // namespace
}  // namespace pointsman::test
