#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "pointsman/demo/gate.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/load.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/temp_directory.hpp"

// The file is read again while the gateway runs.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";
const std::string seldom = "probe: {interval: 1h}\n";

std::string body_for(const std::string& model) { return R"({"model":")" + model + R"("})"; }

std::string request_for(const std::string& model) {
  const auto body = body_for(model);
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class Reload : public testing::Test {
 protected:
  // With one endpoint, `a`, that serves `a`, unless the file says otherwise.
  void start(const std::string& file, const std::string& listen = "127.0.0.1:0", std::size_t endpoints_up = 1) {
    gateway_.emplace(GatewayProcess::Options{file, {}, {}, listen});
    gateway_->wait_until_ready(endpoints_up);
  }
  std::string only_a(const std::string& more = "") const { return more + "endpoints:\n" + endpoint("a", a_.url()); }
  std::string a_and_b(const std::string& more = "") const { return only_a(more) + endpoint("b", b_.url()); }

  std::uint64_t metric(std::string_view sample) const { return std::stoull(gateway_->metric(sample)); }
  std::uint64_t applied() const { return metric(R"(pointsman_config_reloads_total{result="applied"})"); }
  std::uint64_t refused() const { return metric(R"(pointsman_config_reloads_total{result="refused"})"); }

  // Puts the file in place and waits until it was read, without a signal.
  void becomes(const std::string& file) {
    const auto before = applied();
    gateway_->configure(file);
    ASSERT_TRUE(eventually([&] { return applied() > before; })) << output();
  }
  void is_refused(const std::string& file) {
    const auto before = refused();
    gateway_->configure(file);
    ASSERT_TRUE(eventually([&] { return refused() > before; })) << output();
  }

  Response post(const std::string& model, const std::vector<demo::Header>& headers = {}) const {
    return ask(gateway_->port(), "POST", "/v1/chat/completions", body_for(model), headers);
  }
  Json verbose_readiness() const {
    return Json::parse(ask(gateway_->operations_port(), "GET", "/readyz?verbose").body);
  }
  std::string output() const { return gateway_->process().output(); }

  FakeUpstream a_{{"a"}, {{chat, json(200, "{}")}}};
  FakeUpstream b_{{"b"}, {{chat, json(200, "{}")}}};
  TempDirectory files_;
  std::optional<GatewayProcess> gateway_;
};

TEST_F(Reload, ANewEndpointIsProbedAtOnce) {
  start(only_a(seldom));
  EXPECT_TRUE(is_own_error(post("b"), 404, "model_not_found"));
  becomes(a_and_b(seldom));
  gateway_->wait_until_ready(2);
  EXPECT_EQ(post("b").status(), 200);
  EXPECT_TRUE(gateway_->says("the configuration was reloaded"));
  EXPECT_TRUE(gateway_->says(R"("endpoints_added":"b")"));
}

TEST_F(Reload, SighupReadsTheFileThoughItIsTheSame) {
  start(only_a());
  gateway_->process().signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return applied() == 1; }));
  EXPECT_TRUE(gateway_->says("nothing that holds now has changed"));
  EXPECT_EQ(metric("pointsman_config_last_reload_successful"), 1u);
}

TEST_F(Reload, ABadFileChangesNothing) {
  start(only_a());
  const auto loaded = metric("pointsman_config_loaded_seconds");
  EXPECT_GT(loaded, 1'600'000'000u);
  is_refused(only_a() + "  - {name: b, uri: \"http://127.0.0.1:1\"}\n");
  EXPECT_EQ(post("a").status(), 200);
  EXPECT_EQ(metric("pointsman_config_last_reload_successful"), 0u);
  EXPECT_EQ(metric("pointsman_config_loaded_seconds"), loaded);
  EXPECT_EQ(applied(), 0u);
  const auto state = verbose_readiness().at("configuration");
  EXPECT_EQ(state.at("last_reload"), "refused");
  EXPECT_GE(state.at("problem_seconds"), 0);
  EXPECT_THAT(state.at("problem"), HasSubstr("pointsman.yaml:6:"));
  EXPECT_GT(state.at("problems").size(), 1u);  // `uri` is unknown, and `url` is missing
  EXPECT_EQ(state.at("problems").at(0), state.at("problem"));
  for (const auto* words : {R"("line":6)", R"("column":)", "uri"}) EXPECT_TRUE(gateway_->says(words)) << words;
  // It is as ready as before, but says so.
  EXPECT_EQ(ask(gateway_->operations_port(), "GET", "/readyz").status(), 200);

  becomes(a_and_b());
  EXPECT_EQ(metric("pointsman_config_last_reload_successful"), 1u);
  EXPECT_EQ(verbose_readiness().at("configuration").at("last_reload"), "applied");
}

TEST_F(Reload, ASecretThatIsMissingMakesAFileBad) {
  start(only_a());
  is_refused("endpoints:\n" + endpoint("a", a_.url(), "api_key: \"${NO_SUCH_KEY}\""));
  is_refused("endpoints:\n" + endpoint("a", "https://127.0.0.1:1", "tls: {ca: \"/no/such/file\"}"));
  EXPECT_EQ(post("a").status(), 200);
}

TEST_F(Reload, AnEndpointThatStaysKeepsItsConnectionsAndWhatIsKnown) {
  start("workers: 1\n" + only_a(seldom));
  EXPECT_EQ(post("a").status(), 200);
  const auto before = a_.server().seen();
  becomes("workers: 1\n" + a_and_b(seldom));
  EXPECT_EQ(post("a").status(), 200);
  const auto after = a_.server().seen();
  EXPECT_EQ(after.connections, before.connections);
  EXPECT_EQ(after.requests, before.requests + 1) << "it was not probed";
}

TEST_F(Reload, AChangedEndpointIsAnotherOne) {
  start("endpoints:\n" + endpoint("e", a_.url()) + seldom);
  EXPECT_EQ(post("a").status(), 200);
  becomes("endpoints:\n" + endpoint("e", b_.url()) + seldom);
  EXPECT_TRUE(eventually([&] { return post("b").status() == 200; }));
  EXPECT_TRUE(is_own_error(post("a"), 404, "model_not_found"));
  EXPECT_TRUE(gateway_->says(R"("endpoints_changed":"e")"));
}

TEST_F(Reload, AStreamOfARemovedEndpointGoesOn) {
  demo::Gate gate;
  FakeUpstream streaming({"s"}, {{chat, [gate](Conversation& conversation) -> boost::asio::awaitable<void> {
                                    co_await conversation.send(
                                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                        "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
                                    co_await conversation.wait(gate);
                                    co_await conversation.send("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
                                  }}});
  start(only_a() + endpoint("s", streaming.url()));
  gateway_->wait_until_ready(2);
  RawClient client(gateway_->port());
  client.send(request_for("s"));
  ASSERT_TRUE(eventually([&] { return streaming.requests().size() == 1; }));
  becomes(only_a());
  EXPECT_TRUE(is_own_error(post("s"), 404, "model_not_found"));
  EXPECT_TRUE(gateway_->says(R"("endpoints_removed":"s")"));
  gate.open();
  const auto response = client.read_response();
  EXPECT_TRUE(response.complete) << response.fault;
  EXPECT_THAT(response.body, HasSubstr("[DONE]"));
}

TEST_F(Reload, KeysComeAndGo) {
  const auto keys = [](const std::string& names) { return "access: {keys: [" + names + "]}\n"; };
  const std::string one = "{name: one, key: sk-one}";
  const std::string two = "{name: two, key: sk-two}";
  start(only_a(keys(one)));
  const auto with = [&](const std::string& key) { return post("a", {{"Authorization", "Bearer " + key}}).status(); };
  EXPECT_EQ(with("sk-one"), 200);
  EXPECT_EQ(with("sk-two"), 401);
  // A connection that is open is no way around it.
  RawClient kept(gateway_->port());
  const std::string models = "GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-one\r\n\r\n";
  kept.send(models);
  EXPECT_EQ(kept.read_response().status(), 200);

  becomes(only_a(keys(two)));
  EXPECT_EQ(with("sk-one"), 401);
  EXPECT_EQ(with("sk-two"), 200);
  kept.send(models);
  EXPECT_EQ(kept.read_response().status(), 401);
  EXPECT_TRUE(gateway_->says(R"("sections_changed":"access")"));
  EXPECT_THAT(output(), Not(HasSubstr("sk-two")));
}

TEST_F(Reload, AFileThatIsMissingChangesNothing) {
  start(only_a());
  std::filesystem::remove(gateway_->file());
  ASSERT_TRUE(eventually([&] { return refused() == 1; })) << output();
  EXPECT_EQ(post("a").status(), 200);
  EXPECT_TRUE(gateway_->says("the file is missing, and what held before still holds; put it back"));
  EXPECT_THAT(output(), Not(HasSubstr(R"("line":0)")));
  EXPECT_THAT(verbose_readiness().at("configuration").at("problem"), HasSubstr("the file is missing"));
  becomes(a_and_b());
  gateway_->wait_until_ready(2);
}

TEST_F(Reload, AKeyFileIsReadAgainWhenItChanges) {
  const auto replace = [&](const std::string& content) {
    std::filesystem::rename(files_.write("new", content), files_.path() / "team");
  };
  replace("sk-one\n");
  start(only_a("access: {keys: [{name: one, key_file: \"" + (files_.path() / "team").string() + "\"}]}\n"));
  const auto with = [&](const std::string& key) { return post("a", {{"Authorization", "Bearer " + key}}).status(); };
  EXPECT_EQ(with("sk-one"), 200);
  replace("sk-two\n");
  ASSERT_TRUE(eventually([&] { return with("sk-two") == 200; })) << output();
  EXPECT_EQ(with("sk-one"), 401);

  // One that is of no use changes nothing, and is noticed when it is mended.
  std::filesystem::remove(files_.path() / "team");
  ASSERT_TRUE(eventually([&] { return refused() == 1; })) << output();
  replace("\n");
  ASSERT_TRUE(eventually([&] { return refused() == 2; })) << output();
  EXPECT_EQ(with("sk-two"), 200);
  EXPECT_THAT(verbose_readiness().at("configuration").at("problem"), HasSubstr("key_file"));
  replace("sk-three\n");
  ASSERT_TRUE(eventually([&] { return with("sk-three") == 200; })) << output();
  EXPECT_EQ(metric("pointsman_config_last_reload_successful"), 1u);
  EXPECT_TRUE(gateway_->says(R"("because":"a file that it names has changed")"));
  EXPECT_THAT(output(), Not(HasSubstr("sk-t")));
}

TEST_F(Reload, AnEndpointsKeyIsReadAgainWhenItsLinkLeadsElsewhere) {
  // As Kubernetes mounts a secret: key -> ..data/key, and ..data is replaced.
  for (const std::string version : {"1", "2"}) {
    std::filesystem::create_directory(files_.path() / version);
    files_.write(version + "/key", "secret-" + version);
  }
  std::filesystem::create_symlink("1", files_.path() / "..data");
  std::filesystem::create_symlink("..data/key", files_.path() / "key");
  start("endpoints:\n" + endpoint("a", a_.url(), "api_key_file: \"" + (files_.path() / "key").string() + "\""));
  const auto key_sent = [&] {
    EXPECT_EQ(post("a").status(), 200);
    const auto requests = a_.requests();
    const auto* key = requests.back().header("Authorization");
    return key == nullptr ? "" : *key;
  };
  EXPECT_EQ(key_sent(), "Bearer secret-1");
  std::filesystem::create_symlink("2", files_.path() / "..new");
  std::filesystem::rename(files_.path() / "..new", files_.path() / "..data");
  EXPECT_TRUE(eventually([&] { return key_sent() == "Bearer secret-2"; })) << output();
  EXPECT_TRUE(gateway_->says(R"("endpoints_changed":"a")"));
}

TEST_F(Reload, AnOpenListenerIsNotLeftWithoutKeys) {
  start(only_a("access: {keys: [{name: one, key: sk-one}]}\n"), "0.0.0.0:0");
  // The file would be fine with the listener that it names; but that takes effect later.
  is_refused(only_a());
  EXPECT_EQ(post("a").status(), 401);
}

TEST_F(Reload, LimitsDefaultsAndRulesTakeEffect) {
  start(only_a());
  becomes(only_a("limits: {request_body: 8}\ndefaults: {chat_completions: a}\n"));
  EXPECT_EQ(post("a").status(), 413);
  EXPECT_EQ(ask(gateway_->port(), "POST", "/v1/chat/completions", "{}").status(), 200);
  EXPECT_TRUE(gateway_->says(R"("sections_changed":"defaults, limits")"));
}

TEST_F(Reload, TheLevelOfTheLogChanges) {
  start(only_a());
  becomes(only_a("log: {level: error}\n"));
  becomes(only_a("log: {level: error}\nqueue: {length: 7}\n"));
  becomes(only_a("queue: {length: 7}\nlimits: {request_body: 1MiB}\n"));
  // Lines keep their order: with this one, those before it have come, or never will.
  EXPECT_TRUE(gateway_->says(R"("sections_changed":"limits, log.level")"));
  EXPECT_THAT(output(), Not(HasSubstr("queue")));
}

TEST_F(Reload, WhatCannotChangeIsSaid) {
  start(only_a("workers: 1\n"));
  becomes(only_a("workers: 2\nownership: {in_memory: 7}\nlog: {format: text}\n"));
  EXPECT_EQ(verbose_readiness().at("configuration").at("needs_restart"), Json({"workers", "ownership", "log.format"}));
  EXPECT_TRUE(gateway_->says("takes effect at the next start"));
  EXPECT_TRUE(gateway_->says(R"("settings":"workers, ownership, log.format")"));
  // It is said as long as it is so.
  becomes(only_a("workers: 2\n"));
  EXPECT_TRUE(gateway_->says(R"("settings":"workers")"));
  EXPECT_EQ(post("a").status(), 200);
}

TEST_F(Reload, TheStateOfEachEndpointIsShown) {
  start(only_a() + endpoint("gone", "http://127.0.0.1:1"));
  ASSERT_TRUE(eventually([&] { return verbose_readiness()["endpoint_states"][1]["health"] == "down"; }));
  const auto states = verbose_readiness().at("endpoint_states");
  EXPECT_EQ(states[0]["name"], "a");
  EXPECT_EQ(states[0]["health"], "up");
  EXPECT_GE(states[0]["seconds"], 0);
  EXPECT_EQ(states[1]["name"], "gone");
  EXPECT_NE(states[1]["detail"], "");
  EXPECT_EQ(verbose_readiness().at("configuration").at("last_reload"), "none");
  EXPECT_FALSE(Json::parse(ask(gateway_->operations_port(), "GET", "/readyz").body).contains("endpoint_states"));
}

TEST_F(Reload, WithoutAFileSighupSaysThatThereIsNone) {
  ChildProcess demo(
      {pointsman_binary().string(), "serve", "--demo", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"}, {});
  ASSERT_TRUE(demo.says("operations"));
  demo.signal(SIGHUP);
  EXPECT_TRUE(demo.says("there is no file to read again"));
  demo.signal(SIGTERM);
  EXPECT_EQ(demo.wait_for_exit(Milliseconds(20'000)), 0);
}

TEST_F(Reload, AHundredUnderLoadLoseNoRequest) {
  FakeUpstream steady({"m"}, {{chat, json(200, "{}")}}, {.keep_requests = false});
  const auto file = [&](int round) {
    const bool is_even = round % 2 == 0;
    return "access: {keys: [{name: one, key: sk-one}" + std::string(is_even ? "" : ", {name: two, key: sk-two}") +
           "]}\nlimits: {request_body: " + std::to_string(1'000 + round) + "KiB}\nendpoints:\n" +
           endpoint("m", steady.url(), "weight: " + std::to_string(1 + round % 3)) +
           (is_even ? endpoint("b", b_.url()) : "");
  };
  start(file(0), "127.0.0.1:0", 2);
  const std::string body = body_for("m");
  Load load(gateway_->port(),
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-one\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body,
            {});
  for (int round = 1; round <= 100; ++round) {
    const auto before = applied();
    gateway_->configure(file(round));
    gateway_->process().signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return applied() > before; })) << output();
  }
  const auto before = load.answered();
  EXPECT_TRUE(eventually([&] { return load.answered() > before + 100; }));
  load.stop();
  EXPECT_THAT(load.failures(), IsEmpty());
  EXPECT_EQ(refused(), 0u);
}

}  // namespace
}  // namespace pointsman::test
