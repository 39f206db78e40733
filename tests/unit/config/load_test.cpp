#include "pointsman/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "loading.hpp"
#include "pointsman/config/quantities.hpp"

namespace pointsman::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The settings of a text that has no problem.
Settings settings(const std::string& yaml, std::map<std::string, std::string> variables = {}) {
  const auto loaded = load(yaml, std::move(variables));
  EXPECT_THAT(problems(loaded), IsEmpty()) << yaml;
  EXPECT_TRUE(loaded.ok());
  return loaded.settings;
}

TEST(Load, NothingMeansDefaults) {
  for (const auto yaml : {"", "{}", "# nothing\n", "endpoints:\nprobe:\nmodels:\naccess:\n", "endpoints: []"}) {
    EXPECT_EQ(settings(yaml), Settings()) << yaml;
  }
  const Settings defaults;
  EXPECT_THAT(defaults.listen, ElementsAre(Listener{{"127.0.0.1", 8484, ""}, {}}));
  EXPECT_EQ(defaults.operations, (Listener{{"127.0.0.1", 8485, ""}, {}}));
}

TEST(Load, ReadsTheWholeFileOfTheDesign) {
  const auto loaded = load(R"(
listen:
  - address: 127.0.0.1:8484
  - address: "[::1]:8484"
operations: {address: 127.0.0.1:8486}
workers: 3
store: {path: /var/lib/pointsman/pointsman.db, keys: /etc/pointsman/keys.db}
access:
  keys:
    - {name: team-a, key: "${TEAM_A_KEY}", models: ["llama*"], priority: 2, apis: [responses, embeddings],
       permissions: [metrics, admin], expires: 2027-01-31, debug: true,
       limits: {rpm: 60, tpm: 100000, concurrent: 4, budget: {day: 1000000, month: 5000000000},
                models: {"big*": {rpm: 6, tpm: 7000}, small: {concurrent: 2}}}}
endpoints:
  - name: ollama-1
    url: http://10.0.0.11:11434
    api_key: "${OLLAMA_KEY}"
    weight: 2
    priority: 1
    max_concurrent: 8
    timeouts: {connect: 6s, first_byte: 11m, idle: 4m, failover_after: 20s}
    apis: {responses: false, embeddings: true}
    models:
      - {id: "llama3.2:3b", aliases: [llama-small, llama], max_concurrent: 4}
      - qwen3
models:
  fallbacks: {big: [medium, small]}
  fallback_on_context_length: true
  policies: {big: p2c_latency}
defaults: {responses: llama-small}
probe: {interval: 20s, timeout: 4s, discover: true, failures: 3, successes: 2}
routing: {policy: prefix_hash, attempts: 4, retry_budget: 30%, failover_after: 1m, retry_after: off}
queue: {length: 7, wait: 3s}
shutdown: {grace: 1s, drain: 2m}
limits: {request_body: 32MiB, buffered: 2GiB, connections: 10000}
ledger: {enabled: false, path: /var/lib/pointsman/used.db, raw: 7d, hourly: 1y, daily: 10y}
log: {level: warning, format: text, access: false, file: /var/log/pointsman.log}
)",
                           {{"TEAM_A_KEY", "key-a"}, {"OLLAMA_KEY", "key-o"}});
  EXPECT_TRUE(loaded.ok());

  Settings expected;
  expected.listen = {{{"127.0.0.1", 8484, ""}, {}}, {{"::1", 8484, ""}, {}}};
  expected.operations.address = {"127.0.0.1", 8486, ""};
  expected.workers = 3;
  expected.store_path = "/var/lib/pointsman/pointsman.db";
  expected.keys_path = "/etc/pointsman/keys.db";
  expected.access.keys = {
      {.name = "team-a",
       .digest = Sha256::of("key-a"),
       .models = {"llama*"},
       .priority = 2,
       .apis = {"responses", "embeddings"},
       .permissions = {.admin = true, .metrics = true},
       .expires = parse_time("2027-01-31"),
       .limits = {60, 100'000, 4, 1'000'000, 5'000'000'000, {{"big*", 6, 7'000, 0}, {"small", 0, 0, 2}}},
       .debug = true}};
  Endpoint endpoint;
  endpoint.name = "ollama-1";
  endpoint.url = parse_url("http://10.0.0.11:11434").value();
  endpoint.api_key = Secret("key-o");
  endpoint.weight = 2;
  endpoint.priority = 1;
  endpoint.max_concurrent = 8;
  endpoint.timeouts = {Milliseconds(6'000), Milliseconds(660'000), Milliseconds(240'000), Milliseconds(20'000)};
  endpoint.apis = {{"responses", false}, {"embeddings", true}};
  endpoint.models = {{"llama3.2:3b", {"llama-small", "llama"}, 4}, {"qwen3", {}}};
  expected.endpoints = {endpoint};
  expected.models = {{{"big", {"medium", "small"}}}, true, {{"big", "p2c_latency"}}};
  expected.defaults = {{"responses", "llama-small"}};
  expected.probe = {Milliseconds(20'000), Milliseconds(4'000), true, 3, 2};
  expected.routing = {"prefix_hash", 4, 0.3, Milliseconds(60'000), Milliseconds(0)};
  expected.queue = {7, Milliseconds(3'000)};
  expected.shutdown = {Milliseconds(1'000), Milliseconds(120'000)};
  expected.limits = {32u << 20, 2ull << 30, 10'000};
  expected.ledger = {false, "/var/lib/pointsman/used.db", std::chrono::days(7), std::chrono::days(365),
                     std::chrono::days(3'650)};
  expected.log = {"warning", "text", false, "/var/log/pointsman.log"};
  EXPECT_EQ(loaded.settings, expected);
}

TEST(Load, TakesShortAndLongForms) {
  const Listener listener{{"127.0.0.1", 9000, ""}, {}};
  for (const auto listen : {"127.0.0.1:9000", "[127.0.0.1:9000]", "{address: 127.0.0.1:9000}",
                            "[{address: 127.0.0.1:9000}]", "localhost:9000", "\"${LISTEN}\""}) {
    EXPECT_THAT(settings("listen: " + std::string(listen), {{"LISTEN", "127.0.0.1:9000"}}).listen,
                ElementsAre(listener));
  }
  for (const auto operations : {"127.0.0.1:9000", "{address: 127.0.0.1:9000}"}) {
    EXPECT_EQ(settings("operations: " + std::string(operations)).operations, listener);
  }
  EXPECT_TRUE(settings("access: open").access.open);
  EXPECT_FALSE(settings("access: {}").access.open);
  EXPECT_FALSE(settings("ledger: false").ledger.enabled);
  EXPECT_TRUE(settings("ledger: true").ledger.enabled);
  EXPECT_EQ(settings("workers: auto").workers, 0u);
  EXPECT_EQ(settings("log: {access: {file: /a.log, format: text, sample: 0.1}}").log,
            (Log{"info", "json", true, "", "/a.log", "text", 0.1}));
  EXPECT_TRUE(settings("log: {access: {}}").log.access);
  EXPECT_EQ(settings("limits: {request_body: 1000}").limits.request_body, 1000u);
}

TEST(Load, TheApisOfImagesMayHaveOneDefault) {
  const Vocabulary of_images{{"chat_completions", "images_edits", "images_generations"}};
  const auto loaded = load_text("defaults: {images: flux, images_edits: kontext}", of_images, environment({}));
  EXPECT_THAT(problems(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.defaults,
            (std::map<std::string, std::string>{{"images_edits", "kontext"}, {"images_generations", "flux"}}));
}

TEST(Load, TheKernelMayChooseTwoPorts) {
  EXPECT_EQ(settings("{listen: [127.0.0.1:0, 127.0.0.1:0], operations: 127.0.0.1:0}").listen.size(), 2u);
}

TEST(Load, AliasesOfYamlWork) {
  const auto read = settings(
      "endpoints:\n"
      "  - {name: a, url: http://a, timeouts: &slow {first_byte: 1h}}\n"
      "  - {name: b, url: http://b, timeouts: *slow}\n");
  EXPECT_EQ(read.endpoints[1].timeouts.first_byte, Milliseconds(3'600'000));
}

TEST(Load, TheSameNameMayStandOnTwoEndpoints) {
  const auto read = settings(
      "endpoints:\n"
      "  - {name: a, url: http://gpu, models: [{id: x, aliases: [small]}]}\n"
      "  - {name: b, url: http://gpu, models: [{id: y, aliases: [small]}]}\n");
  EXPECT_EQ(read.endpoints.size(), 2u);
}

class LoadFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("pointsman-config-" + std::to_string(getpid()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& content) {
    const auto path = directory_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }

  static Loaded load_path(const std::string& path, std::map<std::string, std::string> variables = {}) {
    return load_file(path, vocabulary(), environment(std::move(variables)));
  }

  std::filesystem::path directory_;
};

TEST_F(LoadFile, PathsBeginAtItsDirectory) {
  write("key", "s3cret\n");
  const auto file = write("p.yaml",
                          "store: {path: data/p.db}\n"
                          "access: {keys: [{name: a, key_file: key}]}\n"
                          "endpoints: [{name: e, url: http://e, api_key_file: './key'}]\n");
  const auto loaded = load_path(file);
  EXPECT_THAT(problems(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.store_path, (directory_ / "data/p.db").string());
  EXPECT_EQ(load_path(write("memory.yaml", "store: {path: ':memory:'}")).settings.store_path, ":memory:");
  EXPECT_EQ(loaded.settings.access.keys[0].digest, Sha256::of("s3cret"));
  EXPECT_EQ(loaded.settings.endpoints[0].api_key, Secret("s3cret"));
}

TEST_F(LoadFile, TellsWhichFilesItReadBesides) {
  write("key", "s3cret\n");
  const auto loaded = load_path(write("p.yaml",
                                      "access: {keys: [{name: a, key_file: key}]}\n"
                                      "endpoints: [{name: e, url: http://e, api_key_file: 'none'}]\n"));
  EXPECT_FALSE(loaded.ok());
  EXPECT_THAT(loaded.files, ElementsAre((directory_ / "key").string(), (directory_ / "none").string()));
  EXPECT_FALSE(loaded.is_missing);
  EXPECT_TRUE(load_path((directory_ / "none.yaml").string()).is_missing);
}

TEST_F(LoadFile, SystemdCredentialsAreFilesBelowAVariable) {
  write("team-a", "s3cret\r\n");
  const auto loaded = load("access: {keys: [{name: a, key_file: '${CREDENTIALS_DIRECTORY}/team-a'}]}",
                           {{"CREDENTIALS_DIRECTORY", directory_.string()}});
  EXPECT_THAT(problems(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.access.keys[0].digest, Sha256::of("s3cret"));
}

TEST_F(LoadFile, SaysWhyAFileCannotBeRead) {
  EXPECT_THAT(problems(load_path((directory_ / "none.yaml").string())),
              ElementsAre("there is no such file; write one, such as `endpoints: [{name: gpu, url: "
                          "\"http://127.0.0.1:8000\"}]` (the example config/pointsman.yaml has all settings), or start "
                          "without --config to serve what runs on this machine"));
  EXPECT_THAT(
      problems(load_path(directory_.string())),
      ElementsAre("this is a directory; name the file in it, such as " + (directory_ / "pointsman.yaml").string()));
  EXPECT_THAT(problems(load_path(write("big.yaml", std::string((1 << 20) + 1, '#')))),
              ElementsAre("the file is too large: it is larger than 1048576 bytes"));
  EXPECT_THAT(problems(load_path(write("full.yaml", std::string(1 << 20, '#')))), IsEmpty());
  EXPECT_THAT(problems(load(std::string((1 << 20) + 1, '#'))), ElementsAre("the text is larger than 1048576 bytes"));
}

TEST_F(LoadFile, SaysWhyAKeyFileIsNoUse) {
  const auto problem_of = [&](const std::string& name) {
    return problems(
        load("endpoints: [{name: e, url: http://e, api_key_file: '" + (directory_ / name).string() + "'}]"));
  };
  write("empty", "\n");
  write("two", "s3cret\ns3cret\n");
  write("big", std::string(65 * 1024, 'k'));
  EXPECT_THAT(
      problem_of("none"),
      ElementsAre("1:52: `endpoints.api_key_file` names a file that cannot be read: No such file or directory (a "
                  "relative path begins at the directory of the configuration file)"));
  EXPECT_THAT(
      problem_of("big"),
      ElementsAre("1:52: `endpoints.api_key_file` names a file that cannot be read: it is larger than 65536 bytes"));
  EXPECT_THAT(problem_of("empty"),
              ElementsAre("1:52: `endpoints.api_key_file` names a file that is empty; write the key into it"));
  EXPECT_THAT(problem_of("two"),
              ElementsAre("1:52: `endpoints.api_key_file` contains a space, a line break or another character that an "
                          "HTTP header cannot carry; write the key alone, in visible ASCII"));
}

}  // namespace
}  // namespace pointsman::config
