#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"

// What a gateway has learned is there for the next one.
namespace pointsman::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";
const std::string listing = "GET /v1/models";
// Long after the end of every test, so that nothing is learned by it.
const std::string seldom = "probe: {interval: 1h, timeout: 1m}\n";

Script silence() {
  return [](Conversation& conversation) { return conversation.until_client_leaves(); };
}

class Restart : public testing::Test {
 protected:
  void start(const std::string& endpoints) {
    gateway_.emplace(GatewayProcess::Options{seldom + "endpoints:\n" + endpoints, {}, home_.path()});
  }

  Response post(const std::string& model, const std::string& target = "/v1/chat/completions") const {
    return ask(gateway_->port(), "POST", target, R"({"model":")" + model + R"("})");
  }

  std::vector<std::string> models() const {
    const auto list = Json::parse(ask(gateway_->port(), "GET", "/v1/models").body);
    std::vector<std::string> ids;
    for (const auto& model : list.at("data")) ids.push_back(model.at("id"));
    return ids;
  }

  TempDirectory home_;
  std::optional<GatewayProcess> gateway_;
};

// As where a new one takes over from an old one.
TEST_F(Restart, ASecondGatewayOnTheSameDatabaseSaysSo) {
  const GatewayProcess::Options options{seldom, {}, home_.path()};
  gateway_.emplace(options);
  GatewayProcess second(options);
  const std::string warning = "another gateway uses the same database";
  EXPECT_TRUE(second.says(warning));
  EXPECT_TRUE(second.says("\"pid\":" + std::to_string(gateway_->process().id())));
  EXPECT_EQ(gateway_->process().output().find(warning), std::string::npos);
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_TRUE(second.says("no other gateway uses the database any more"));
  // Nor is the one after it in its way.
  EXPECT_EQ(second.stop(SIGKILL), 128 + SIGKILL);
  gateway_.emplace(options);
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_EQ(gateway_->process().output().find(warning), std::string::npos);
}

TEST_F(Restart, AGatewayThatOthersCannotSeeSaysSo) {
  const auto file = home_.path() / "pointsman.db.lock";
  std::filesystem::create_symlink("/nowhere", file);
  gateway_.emplace(GatewayProcess::Options{seldom, {}, home_.path()});
  EXPECT_TRUE(gateway_->says("others cannot see that this gateway uses the database"));
  EXPECT_TRUE(gateway_->says("pointsman.db.lock is a symbolic link"));
  std::filesystem::remove(file);
  EXPECT_TRUE(gateway_->says("others see again that this gateway uses the database"));
  EXPECT_EQ(gateway_->stop(), 0);
}

// An endpoint that can be replaced by one that never lists its models, at the same URL.
class Changing {
 public:
  explicit Changing(std::string model) : model_(std::move(model)) {
    upstream_.emplace(std::vector{model_}, FakeUpstream::Routes{{chat, json(200, "{}")}});
    port_ = upstream_->port();
  }

  void fall_silent() {
    upstream_.reset();
    upstream_.emplace(std::vector{model_}, FakeUpstream::Routes{{chat, json(200, "{}")}, {listing, silence()}},
                      demo::ScriptedServer::Options{.port = port_});
  }

  const FakeUpstream& upstream() const { return *upstream_; }
  bool is_being_probed() const {
    return upstream_->server().wait_for([](const auto& seen) { return seen.requests > 0; }, Milliseconds(10'000));
  }

 private:
  std::string model_;
  std::optional<FakeUpstream> upstream_;
  std::uint16_t port_ = 0;
};

TEST_F(Restart, WhatWasProbedIsServedBeforeTheFirstProbe) {
  Changing changing("m");
  start(endpoint("e", changing.upstream().url()));
  gateway_->wait_until_ready();
  const auto before = ask(gateway_->port(), "GET", "/v1/models/m").body;
  EXPECT_EQ(gateway_->stop(), 0);

  changing.fall_silent();
  start(endpoint("e", changing.upstream().url()));
  EXPECT_EQ(post("m").status(), 200);
  EXPECT_TRUE(is_own_error(post("m", "/v1/responses"), 501, "unsupported_api"));
  EXPECT_TRUE(is_own_error(post("no-such-model"), 404, "model_not_found"));
  EXPECT_EQ(ask(gateway_->port(), "GET", "/v1/models/m").body, before);
  EXPECT_EQ(ask(gateway_->operations_port(), "GET", "/readyz").status(), 200);
  // It does probe, which goes on all the while.
  EXPECT_TRUE(changing.is_being_probed());
  EXPECT_EQ(post("m").status(), 200);
}

TEST_F(Restart, AKilledGatewayLosesNothingThatWasWritten) {
  Changing changing("m");
  start(endpoint("e", changing.upstream().url()));
  const auto is_written = [&] {
    SQLite::Database database(home_.path() / "pointsman.db", SQLite::OPEN_READONLY, 1'000);
    return database.execAndGet("SELECT count(*) FROM models").getInt() == 1;
  };
  ASSERT_TRUE(eventually(is_written));
  EXPECT_EQ(gateway_->stop(SIGKILL), 128 + SIGKILL);

  changing.fall_silent();
  start(endpoint("e", changing.upstream().url()));
  EXPECT_EQ(post("m").status(), 200);
  EXPECT_TRUE(is_own_error(post("m", "/v1/responses"), 501, "unsupported_api"));
}

TEST_F(Restart, ANewEndpointIsProbedAtOnce) {
  Changing old("old");
  start(endpoint("old", old.upstream().url()));
  gateway_->wait_until_ready();
  EXPECT_EQ(gateway_->stop(), 0);

  old.fall_silent();
  FakeUpstream added({"new"}, {{chat, json(200, "{}")}});
  start(endpoint("old", old.upstream().url()) + endpoint("new", added.url()));
  gateway_->wait_until_ready(2);
  EXPECT_EQ(post("new").status(), 200);
  EXPECT_EQ(post("old").status(), 200);
  EXPECT_THAT(models(), ElementsAre("new", "old"));
}

TEST_F(Restart, ARemovedEndpointIsGone) {
  Changing kept("kept");
  Changing removed("removed");
  start(endpoint("kept", kept.upstream().url()) + endpoint("removed", removed.upstream().url()));
  gateway_->wait_until_ready(2);
  EXPECT_EQ(gateway_->stop(), 0);

  kept.fall_silent();
  start(endpoint("kept", kept.upstream().url()));
  EXPECT_THAT(models(), ElementsAre("kept"));
  EXPECT_TRUE(is_own_error(post("removed"), 404, "model_not_found"));
  EXPECT_THAT(removed.upstream().requests(), IsEmpty());
  EXPECT_EQ(gateway_->stop(), 0);

  // It does not come back as it was, either.
  removed.fall_silent();
  start(endpoint("kept", kept.upstream().url()) + endpoint("removed", removed.upstream().url()));
  EXPECT_THAT(models(), ElementsAre("kept"));
  EXPECT_TRUE(is_own_error(post("removed"), 503, "no_healthy_endpoint"));
}

TEST_F(Restart, WhatWasLearnedHoldsForAUrlAndNotForAName) {
  Changing before("before");
  Changing after("after");
  start(endpoint("e", before.upstream().url()));
  gateway_->wait_until_ready();
  EXPECT_EQ(gateway_->stop(), 0);

  after.fall_silent();
  start(endpoint("e", after.upstream().url()));
  EXPECT_THAT(models(), IsEmpty());
  EXPECT_TRUE(is_own_error(post("before"), 503, "no_healthy_endpoint"));
}

}  // namespace
}  // namespace pointsman::test
