#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/child_process.hpp"
#include "support/configuration.hpp"
#include "support/doctor_visit.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"

// What `pointsman doctor` finds by asking: the gateway that runs, the endpoints, the collector of traces.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(Doctor, AsksNoEndpointOffline) {
  const FakeUpstream gpu({"m"});
  const auto found = visit({"--offline", "--config", written(yaml("endpoints:\n" + endpoint("gpu", gpu.url())))});
  EXPECT_EQ(found.exit_code, 0);
  EXPECT_EQ(found.severity("endpoints", ""), "");
  EXPECT_EQ(gpu.server().seen().connections, 0u);
}

TEST_F(Doctor, GoesOnWhereOnlySecretsAreMissingAndSendsNothingInTheirPlace) {
  const FakeUpstream keyed({"m"});
  const FakeUpstream plain({"m"});
  const auto more = "endpoints:\n" + endpoint("keyed", keyed.url(), "api_key: \"${DOCTOR_KEY}\"") +
                    endpoint("systemd", plain.url(), "api_key_file: \"${CREDENTIALS_DIRECTORY}/k\"") +
                    endpoint("plain", plain.url());
  const auto found = see(more);
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.severity("configuration", "environment variable `DOCTOR_KEY`"), "error");
  EXPECT_THAT(found.advice("`DOCTOR_KEY`"), HasSubstr("EnvironmentFile="));
  EXPECT_THAT(found.advice("`CREDENTIALS_DIRECTORY`"), HasSubstr("LoadCredential="));
  EXPECT_EQ(found.severity("endpoints", "keyed: is not asked"), "note");
  EXPECT_EQ(found.severity("endpoints", "plain: is up"), "note");
  EXPECT_EQ(keyed.server().seen().connections, 0u);
}

TEST_F(Doctor, LooksAtNoPathThatIsNotKnownHere) {
  const auto found =
      see("ledger: {path: \"${LEDGER}/ledger.db\"}\ntraces: {collector: \"http://${COLLECTOR}:4318\"}\n");
  EXPECT_EQ(found.severity("databases", "`ledger.path`: is not looked at, because the environment variable `LEDGER`"),
            "note")
      << found.output;
  EXPECT_EQ(found.severity("databases", "not there"), "okok") << "what was learned, and the keys";
  EXPECT_EQ(found.severity("traces", ""), "note") << "the collector is not asked";
  EXPECT_THAT(found.output, Not(HasSubstr("unset-")));
}

TEST_F(Doctor, FindsTheGatewayThatRunsAndHowItIs) {
  const FakeUpstream gpu({"m"});
  GatewayProcess::Options options;
  options.home = files_.path() / "state";
  options.yaml = "limits: {connections: 100, buffered: 1MiB}\nendpoints:\n" + endpoint("gpu", gpu.url());
  GatewayProcess gateway(options);
  gateway.wait_until_ready();
  const auto look = [&](const std::string& file) { return visit({"--offline", "--config", file}); };
  // Its own file says port 0, so the doctor gets one that says where it is.
  const auto copy = written("listen: \"127.0.0.1:" + std::to_string(gateway.port()) +
                            "\"\noperations: \"127.0.0.1:" + std::to_string(gateway.operations_port()) + "\"\n" +
                            "limits: {connections: 100, buffered: 1MiB}\n" + store());
  const auto found = look(copy);
  EXPECT_EQ(found.exit_code, 0) << found.output;
  EXPECT_EQ(found.severity("listeners", "a pointsman answers there"), "okok");
  EXPECT_EQ(found.severity("the running gateway", "another file"), "note");
  const auto process = "process " + std::to_string(gateway.process().id()) + " ";
  EXPECT_EQ(found.severity("databases", process), "okok") << "what was learned, and the ledger: " << found.output;
  EXPECT_EQ(found.severity("machine", "the gateway may have"), "ok");

  // Another one with the same databases.
  const auto other = look(written(yaml("")));
  EXPECT_EQ(other.exit_code, 0);
  EXPECT_EQ(other.severity("databases", process), "warningwarning");
  EXPECT_THAT(other.advice(process), HasSubstr("databases of its own"));

  gateway.stop();
  EXPECT_EQ(look(copy).severity("databases", "is sound"), "okok");
  for (const auto* companion : {"-wal", "-shm"}) {
    EXPECT_FALSE(std::filesystem::exists(database() + companion)) << "nothing is left beside it";
  }
}

TEST_F(Doctor, TakesNoOtherProcessForTheGateway) {
  make_databases();
  GatewayProcess::Options options;
  options.home = files_.path() / "state";
  options.yaml = "ledger: {enabled: false}\n";
  const GatewayProcess gateway(options);
  SQLite::Database other(ledger(), SQLite::OPEN_READWRITE);
  other.execAndGet("SELECT count(*) FROM sqlite_schema");
  const auto found =
      visit({"--offline", "--config",
             written("listen: \"127.0.0.1:" + std::to_string(gateway.port()) +
                     "\"\noperations: \"127.0.0.1:" + std::to_string(gateway.operations_port()) + "\"\n" + store())});
  const auto process = [](pid_t id) { return "process " + std::to_string(id) + " "; };
  EXPECT_EQ(found.severity("databases", process(gateway.process().id())), "ok");
  EXPECT_EQ(found.severity("databases", process(::getpid())), "warning") << found.output;
}

TEST_F(Doctor, FindsAFileThatTheRunningGatewayRefused) {
  const auto listen = free_port();
  const auto operations = free_port();
  const auto good = "listen: \"127.0.0.1:" + std::to_string(listen) +
                    "\"\noperations: \"127.0.0.1:" + std::to_string(operations) +
                    "\"\nlimits: {connections: 100, buffered: 1MiB}\n" + store();
  const auto path = written(good);
  ChildProcess gateway({pointsman_binary().string(), "serve", "--config", path}, {});
  ASSERT_TRUE(gateway.says("\"operations\"")) << gateway.output();
  const auto look = [&] { return visit({"--offline", "--config", path}); };
  EXPECT_EQ(look().severity("the running gateway", "runs with this file"), "ok");

  written(good + "endpoints: [{name: gpu, url: \"http://127.0.0.1:1\", api_key: \"${DOCTOR_KEY}\"}]\n");
  ASSERT_TRUE(gateway.says("DOCTOR_KEY"));
  const auto refused = look();
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.severity("the running gateway", "it refused the file"), "error");

  written(good + "workers: 2\n");
  ASSERT_TRUE(gateway.says("workers"));
  EXPECT_EQ(look().severity("the running gateway", "has not taken over what changed of workers"), "warning");
}

TEST_F(Doctor, FindsAGatewayThatListensForOperationsSomewhereElse) {
  const auto listen = "listen: \"127.0.0.1:" + std::to_string(free_port()) + "\"\n" + store() + "operations: ";
  const auto path = written(listen + "\"127.0.0.1:" + std::to_string(free_port()) + "\"\n");
  ChildProcess gateway({pointsman_binary().string(), "serve", "--config", path}, {});
  ASSERT_TRUE(gateway.says("\"operations\"")) << gateway.output();
  written(listen + "\"127.0.0.1:" + std::to_string(free_port()) + "\"\n");
  const auto found = visit({"--offline", "--config", path});
  EXPECT_EQ(found.exit_code, 0) << found.output;
  EXPECT_EQ(found.severity("the running gateway", "answers at `listen`, but none at `operations`"), "note");
}

TEST_F(Doctor, FindsWhatIsWrongWithEachEndpoint) {
  const FakeUpstream keyed({"m"}, {{"GET /v1/models", json(401, R"({"error":{"message":"no such key"}})")}});
  const FakeUpstream empty({});
  const FakeUpstream other({"qwen3:8b-q4"});
  const FakeUpstream hanging(
      {"m"}, {{"GET /v1/models", [](Conversation& conversation) { return conversation.until_client_leaves(); }}});
  start_endpoint({});
  const auto found =
      see("endpoints:\n" + endpoint("gone", "http://127.0.0.1:" + std::to_string(free_port())) +
          endpoint("keyed", keyed.url(), "api_key: a-key-that-is-refused") + endpoint("empty", empty.url()) +
          endpoint("other", other.url(), "models: [{id: \"qwen3:8b\", aliases: [small]}]") +
          endpoint("hanging", hanging.url()) + endpoint("untrusted", endpoint_url()) +
          endpoint("nowhere", "http://no-such-host.invalid"));
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.severity("endpoints", "gone: nothing listens at"), "error");
  EXPECT_EQ(found.severity("endpoints", "keyed: it refuses the key"), "error");
  EXPECT_THAT(found.advice("it refuses the key"), HasSubstr("--key-env KEY " + keyed.url()));
  EXPECT_THAT(found.advice("does not resolve"), HasSubstr("getent hosts no-such-host.invalid"));
  EXPECT_EQ(found.severity("endpoints", "empty: it lists no model"), "warning");
  EXPECT_EQ(found.severity("endpoints", "other: it does not list the model `qwen3:8b`"), "warning");
  EXPECT_THAT(found.advice("does not list the model"), HasSubstr("`qwen3:8b-q4`"));
  EXPECT_EQ(found.severity("endpoints", "hanging: no answer from"), "error");
  EXPECT_EQ(found.severity("endpoints", "untrusted: the certificate of"), "error");
  EXPECT_EQ(found.severity("endpoints", "nowhere: the name no-such-host.invalid does not resolve"), "error")
      << found.output;
  EXPECT_THAT(found.output, Not(HasSubstr("a-key-that")));
}

TEST_F(Doctor, ReachesTheCollectorOfTracesAndSendsItNothing) {
  const FakeUpstream collector({});
  start_endpoint({});
  const auto with = [&](const std::string& url, const std::string& more = "") {
    return see("traces: {collector: \"" + url + "\"" + more + "}\n");
  };
  EXPECT_EQ(with(collector.url()).severity("traces", "the collector can be reached"), "ok");
  EXPECT_EQ(collector.server().seen().requests, 0u);
  const auto gone = with("http://127.0.0.1:" + std::to_string(free_port()));
  EXPECT_EQ(gone.exit_code, 0) << gone.output;
  EXPECT_EQ(gone.severity("traces", "nothing listens there: Connection refused; serving goes on"), "warning");
  EXPECT_THAT(gone.advice("nothing listens there"), HasSubstr("`traces.collector`"));
  EXPECT_EQ(with(endpoint_url()).severity("traces", "its certificate is not to be trusted"), "warning");
  EXPECT_EQ(with(endpoint_url(), ", ca_file: \"" + file("authority.pem", authority_.pem()) + "\"")
                .severity("traces", "the collector can be reached"),
            "ok");
}

TEST_F(Doctor, FindsClocksThatAreOff) {
  const auto models = [](const std::string& date) {
    return FakeUpstream::Routes{
        {"GET /v1/models", json(200, R"({"object":"list","data":[{"id":"m","object":"model"}]})", {{"Date", date}})}};
  };
  const FakeUpstream early({}, models("Sun, 06 Nov 1994 08:49:37 GMT"));
  const FakeUpstream late({}, models("Sun, 06 Nov 1994 08:49:37 GMT"));
  const auto one = see("endpoints:\n" + endpoint("early", early.url()));
  EXPECT_EQ(one.severity("clock", "early: its clock is"), "warning");
  const auto all = see("endpoints:\n" + endpoint("early", early.url()) + endpoint("late", late.url()));
  EXPECT_EQ(all.severity("clock", "the clocks of 2 of 2 endpoints"), "warning");
}

}  // namespace
}  // namespace pointsman::test
