#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loading.hpp"

// What `check-config` says of a wrong file.
namespace pointsman::config {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

TEST(Problems, AreReportedAllAtOnceInTheOrderOfTheFile) {
  const auto loaded = load(
      "lisen: 127.0.0.1:8484\n"
      "access:\n"
      "  keys:\n"
      "    - {name: a, key: \"${TEAM_A_KEY}\"}\n"
      "endpoints:\n"
      "  - name: one\n"
      "    url: gpu:11434\n"
      "    api_key: \"${A}${B}\"\n"
      "    wieght: 2\n"
      "  - name: one\n"
      "    weight: 0\n"
      "workers: many\n");
  EXPECT_FALSE(loaded.ok());
  EXPECT_THAT(
      problems(loaded),
      ElementsAre(
          "1:1: unknown key `lisen`; did you mean `listen`? Allowed here: listen, operations, workers, store, access, "
          "endpoints, models, defaults, probe, routing, queue, shutdown, ownership, limits, ledger, traces, log",
          "4:22: `access.keys.key` needs the environment variable `TEAM_A_KEY`, which is not set",
          "7:10: `endpoints.url` is wrong: the URL has no scheme; write http://gpu:11434",
          "8:14: `endpoints.api_key` needs the environment variable `A`, which is not set",
          "8:14: `endpoints.api_key` needs the environment variable `B`, which is not set",
          "9:5: unknown key `wieght`; did you mean `weight`? Allowed here: name, url, api_key, api_key_file, "
          "api_key_header, tls, weight, priority, max_concurrent, timeouts, account, apis, models",
          "10:5: `endpoints` needs the key `url`", "10:11: `endpoints.name` `one` stands in line 6 already",
          "11:13: `endpoints.weight` must be a whole number from 1 to 1000, not `0`",
          "12:10: `workers` must be auto, or a whole number from 1 to 1024, not `many`"));
}

TEST(Problems, AMistakeInTheSyntaxStandsAlone) {
  EXPECT_THAT(problems(load("lisen: x\na: b: c\n")),
              ElementsAre("2:5: this is not YAML: illegal map value (is the indentation right? a value that contains a "
                          "colon and a space needs quotes)"));
}

struct Row {
  std::string yaml;
  std::vector<std::string> problems;
};

void expect(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    SCOPED_TRACE(row.yaml);
    EXPECT_THAT(problems(load(row.yaml)), ElementsAreArray(row.problems));
  }
}

TEST(Problems, OfKindsOfValues) {
  expect({
      {"- listen", {"1:1: the file must be a mapping, not a list"}},
      {"listen", {"1:1: the file must be a mapping, not a text"}},
      {"probe: 5s", {"1:8: `probe` must be a mapping, not a text"}},
      {"probe: [5s]", {"1:8: `probe` must be a mapping, not a list"}},
      {"endpoints: {a: b}", {"1:12: `endpoints` must be a list, not a mapping"}},
      {"endpoints: [http://gpu]", {"1:13: `endpoints` must be a mapping, not a text"}},
      {"probe: {interval: [5s]}", {"1:19: `probe.interval` must be a text, not a list"}},
      {"probe: {interval: }", {"1:19: `probe.interval` is empty; write a value, or leave the key out"}},
      {"probe: {interval: ''}", {"1:19: `probe.interval` is empty; write a value, or leave the key out"}},
      {"probe: {interval: 5}",
       {"1:19: `probe.interval` must be a duration such as 500ms, 5s, 10m, 1h or 30d, not `5`"}},
      {"probe: {interval: 0s}",
       {"1:19: `probe.interval` must be a duration such as 500ms, 5s, 10m, 1h or 30d, not `0s`"}},
      {"probe: {discover: yes}", {"1:19: `probe.discover` must be true or false, not `yes`"}},
      {"probe: {failures: 0}", {"1:19: `probe.failures` must be a whole number from 1 to 100, not `0`"}},
      {"probe: {successes: 101}", {"1:20: `probe.successes` must be a whole number from 1 to 100, not `101`"}},
      {"limits: {request_body: 64MB}",
       {"1:24: `limits.request_body` must be a size such as 512KiB, 64MiB or 1GiB, or a number of bytes, not `64MB`"}},
      {"limits: {request_body: 0}",
       {"1:24: `limits.request_body` must be a size such as 512KiB, 64MiB or 1GiB, or a number of bytes, not `0`"}},
      {"limits: {connections: -1}", {"1:23: `limits.connections` must be a whole number from 1 to 1000000, not `-1`"}},
      {"limits: {connections: 1000001}",
       {"1:23: `limits.connections` must be a whole number from 1 to 1000000, not `1000001`"}},
      {"routing: {attempts: 11}", {"1:21: `routing.attempts` must be a whole number from 1 to 10, not `11`"}},
      {"routing: {policy: random}",
       {"1:19: `routing.policy` must be one of least_loaded, p2c_latency, prefix_hash, round_robin, not `random`"}},
      {"log: {level: loud}", {"1:14: `log.level` must be one of trace, debug, info, warning, error, not `loud`"}},
      {"log: {format: xml}", {"1:15: `log.format` must be one of json, text, not `xml`"}},
      {"workers: 0", {"1:10: `workers` must be auto, or a whole number from 1 to 1024, not `0`"}},
      {"workers: 1025", {"1:10: `workers` must be auto, or a whole number from 1 to 1024, not `1025`"}},
      {"log: {level: info, level: debug}", {"1:20: `level` is written twice; it stands in line 1 already"}},
      {"ledger: {raw: 12h}", {"1:15: `ledger.raw` must be a number of days or years such as 30d or 2y, not `12h`"}},
      {"log: {access: {sample: 0.0}}",
       {"1:24: `log.access.sample` must be a number above 0 and at most 1, such as 0.1, not `0.0`"}},
      {"log: {access: {sample: 10%}}",
       {"1:24: `log.access.sample` must be a number above 0 and at most 1, such as 0.1, not `10%`"}},
      {"log: {access: [x]}", {"1:15: `log.access` must be a mapping, not a list"}},
      {"log: {\"le\\e[2Jvel\": info}",
       {"1:7: unknown key `le?[2Jvel`; did you mean `level`? Allowed here: level, format, file, access"}},
  });
}

TEST(Problems, OfAKeysHeader) {
  expect({
      {"endpoints: [{name: e, url: http://e, api_key_header: Host}]",
       {"1:54: `endpoints.api_key_header` is a header that carries no key; write one like `x-api-key`"}},
      {"endpoints: [{name: e, url: http://e, api_key_header: content-LENGTH}]",
       {"1:54: `endpoints.api_key_header` is a header that carries no key; write one like `x-api-key`"}},
  });
  EXPECT_FALSE(load("endpoints: [{name: e, url: http://e, api_key_header: 'x key'}]").ok());
  for (const auto& [written, header] :
       std::map<std::string, std::string>{{"x-api-key", "x-api-key"}, {"authorization", "Authorization"}}) {
    const auto loaded = load("endpoints: [{name: e, url: http://e, api_key_header: " + written + "}]");
    ASSERT_TRUE(loaded.ok());
    EXPECT_EQ(loaded.settings.endpoints[0].api_key_header, header);
  }
}

TEST(Problems, OfListeners) {
  expect({
      {"listen: ", {"1:1: `listen` is empty; write a value, or leave the key out"}},
      {"listen: []", {"1:9: `listen` is an empty list; write something into it, or leave the key out"}},
      {"listen: {}", {"1:9: `listen` needs the key `address`"}},
      {"listen: 8484",
       {"1:9: `listen` is wrong: the address has no host; write 127.0.0.1:8484 for this machine alone, or 0.0.0.0:8484 "
        "for every network"}},
      {"listen:\n  - 127.0.0.1:1\n  - localhost:1\n", {"3:5: `listen` has the address of line 2 again"}},
      {"listen: [unix:/p, unix:/p]", {"1:19: `listen` has the address of line 1 again"}},
      {"listen: 127.0.0.1:8485",
       {"1:1: the file has 127.0.0.1:8485 both for `listen` and for `operations`; give one of them another address"}},
      {"{listen: 127.0.0.1:1, operations: 127.0.0.1:1}",
       {"1:1: the file has 127.0.0.1:1 both for `listen` and for `operations`; give one of them another address"}},
      {"operations: {adress: 127.0.0.1:1}",
       {"1:13: `operations` needs the key `address`",
        "1:14: unknown key `adress`; did you mean `address`? Allowed here: address, tls"}},
  });
}

TEST(Problems, OfKeys) {
  const std::string unfit =
      "contains a space, a line break or another character that an HTTP header cannot carry; write the key alone, in "
      "visible ASCII";
  const std::string control = "contains a line break, another control character, or something that is not UTF-8";
  const std::string too_many = "is one too many: only one of `key`, `key_file` and `key_sha256` may be there";
  const std::string digest =
      "must be the SHA-256 of a key: 64 hexadecimal digits, as `printf %s KEY | sha256sum` prints them";
  expect({
      {"access: opne", {"1:9: `access` must be the word `open`, or a mapping with `keys`"}},
      {"access: [a]", {"1:9: `access` must be a mapping, not a list"}},
      {"access: {key: a}", {"1:10: unknown key `key`; did you mean `keys`? Allowed here: keys"}},
      {"access: {keys: }", {"1:16: `access.keys` is an empty list; write something into it, or leave the key out"}},
      {"access: {keys: [{}]}",
       {"1:17: `access.keys` needs one of the keys `key`, `key_file` and `key_sha256`",
        "1:17: `access.keys` needs the key `name`"}},
      {"access:\n  keys:\n    -\n",
       {"4:1: `access.keys` needs one of the keys `key`, `key_file` and `key_sha256`",
        "4:1: `access.keys` needs the key `name`"}},
      {"access: {keys: [{name: 'team a', key: k}]}",
       {"1:24: `access.keys.name` must be 1 to 64 letters, digits, dots, underscores or hyphens (A-Z a-z 0-9 . _ -), "
        "not "
        "`team a`"}},
      {"access: {keys: [{name: a, key: k, key_file: k}]}", {"1:45: `access.keys.key_file` " + too_many}},
      {"access: {keys: [{name: a, key: k, key_sha256: k}]}", {"1:47: `access.keys.key_sha256` " + too_many}},
      {"access: {keys: [{name: a, key_sha256: 12}]}", {"1:39: `access.keys.key_sha256` " + digest}},
      {"access: {keys: [{name: a, key: 'Bearer k'}]}", {"1:32: `access.keys.key` " + unfit}},
      {"access: {keys: [{name: a, key: \"k\\r\\nx: y\"}]}", {"1:32: `access.keys.key` " + control}},
      {"access: {keys: [{name: a, key: k, apis: [chat]}]}",
       {"1:42: `access.keys.apis` must be an API: chat_completions, completions, responses, embeddings, not `chat`"}},
      {"access: {keys: [{name: a, key: k, apis: []}]}",
       {"1:41: `access.keys.apis` is an empty list; write something into it, or leave the key out"}},
      {"access: {keys: [{name: a, key: k, permissions: admin}]}",
       {"1:48: `access.keys.permissions` must be a list: write [admin]"}},
      {"access: {keys: [{name: a, key: k, permissions: [root]}]}",
       {"1:49: `access.keys.permissions` must be one of admin, metrics, not `root`"}},
      {"access: {keys: [{name: a, key: k, expires: 90d}]}",
       {"1:44: `access.keys.expires` must be a day such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z, not "
        "`90d`"}},
      {"access: {keys: [{name: a, key: k, limits: {rpm: 0, budget: {week: 1}}}]}",
       {"1:49: `access.keys.limits.rpm` must be a whole number from 1 to 1000000000000000, not `0`",
        "1:61: unknown key `week`; Allowed here: day, month"}},
      {"access: {keys: [{name: a, key: k, models: []}]}",
       {"1:43: `access.keys.models` is an empty list; write something into it, or leave the key out"}},
      {"access: {keys: [{name: a, key: k, models: }]}",
       {"1:43: `access.keys.models` is an empty list; write something into it, or leave the key out"}},
      {"access:\n  keys:\n  - {name: a, key: k}\n  - {name: a, key: l}\n",
       {"4:12: `access.keys.name` `a` stands in line 3 already"}},
      {"access:\n  keys:\n  - {name: a, key: k}\n  - {name: b, key: k}\n",
       {"4:5: `access.keys` holds the same secret as the key in line 3, so that nobody could say which of the two is "
        "used"}},
  });
}

TEST(Problems, OfEndpoints) {
  const auto endpoint = [](const std::string& rest) { return "endpoints: [{name: e, url: http://e, " + rest + "}]"; };
  const std::string bad_name =
      "must be 1 to 64 letters, digits, dots, underscores or hyphens (A-Z a-z 0-9 . _ -), not ";
  expect({
      {"endpoints: [{}]", {"1:13: `endpoints` needs the key `name`", "1:13: `endpoints` needs the key `url`"}},
      {"endpoints:\n  -\n", {"3:1: `endpoints` needs the key `name`", "3:1: `endpoints` needs the key `url`"}},
      {"endpoints: [{name: '', url: http://e}]",
       {"1:20: `endpoints.name` is empty; write a value, or leave the key out"}},
      {"endpoints: [{name: 'a/b', url: http://e}]", {"1:20: `endpoints.name` " + bad_name + "`a/b`"}},
      {"endpoints: [{name: " + std::string(65, 'a') + ", url: http://e}]",
       {"1:20: `endpoints.name` " + bad_name + "`" + std::string(64, 'a') + "...`"}},
      {"endpoints: [{name: a, url: ''}]", {"1:28: `endpoints.url` is empty; write a value, or leave the key out"}},
      {endpoint("api_key: "), {"1:47: `endpoints.api_key` is empty; write a value, or leave the key out"}},
      {endpoint("api_key: k, api_key_file: /k"),
       {"1:64: `endpoints.api_key_file` is one too many: `api_key` is there already"}},
      {endpoint("apis: {responces: true}"),
       {"1:45: unknown key `responces`; did you mean `responses`? Allowed here: chat_completions, completions, "
        "responses, "
        "embeddings"}},
      {endpoint("timeouts: {conect: 5s}"),
       {"1:49: unknown key `conect`; did you mean `connect`? Allowed here: connect, first_byte, idle, failover_after"}},
      {endpoint("models: []"),
       {"1:46: `endpoints.models` is an empty list; write something into it, or leave the key out"}},
      {endpoint("models: [m, {id: m}]"), {"1:55: `endpoints.models.id` `m` stands in line 1 already"}},
      {endpoint("models: [{id: m, aliases: [m]}]"), {"1:65: `endpoints.models.aliases` `m` stands in line 1 already"}},
      {endpoint("models: [{id: m, aliases: [a]}, {id: n, aliases: [a]}]"),
       {"1:88: `endpoints.models.aliases` `a` stands in line 1 already"}},
      {endpoint("models: [{aliases: [a]}]"), {"1:47: `endpoints.models` needs the key `id`"}},
      {endpoint("models: [" + std::string(257, 'm') + "]"),
       {"1:47: `endpoints.models` must be a name of at most 256 bytes, not `" + std::string(64, 'm') + "...`"}},
      {endpoint("models: [\"a\\nb\"]"),
       {"1:47: `endpoints.models` contains a line break, another control character, or something that is not UTF-8"}},
  });
}

TEST(Problems, OfModelRules) {
  expect({
      {"defaults: {response: m}",
       {"1:12: unknown key `response`; did you mean `responses`? Allowed here: chat_completions, completions, "
        "responses, "
        "embeddings"}},
      {"models: {fallbacks: {big: []}}",
       {"1:27: `models.fallbacks` is an empty list; write something into it, or leave the key out"}},
      {"models: {policies: {big: fastest}}",
       {"1:26: `models.policies` must be one of least_loaded, p2c_latency, prefix_hash, round_robin, not `fastest`"}},
      {"routing: {failover_after: soon}",
       {"1:27: `routing.failover_after` must be off, or a duration such as 500ms, 5s, 10m, 1h or 30d, not `soon`"}},
      {"models: [a]", {"1:9: `models` must be a mapping, not a list"}},
      {"models: {fallbacks: {big: small}}",
       {"1:27: `models.fallbacks` must be a list of what stands in for a model, in order, such as `big: [medium, "
        "small]`"}},
      {"models: {fallbacks: [big]}",
       {"1:21: `models.fallbacks` must be a mapping from models, such as `{big: [medium, small]}`"}},
      {"models: {policies: prefix_hash}",
       {"1:20: `models.policies` must be a mapping from models, such as `{big: prefix_hash}`"}},
      {"models:\n  fallbacks:\n    big: [small, big]\n",
       {"3:18: `models.fallbacks` names `big` to stand in for itself; leave it out"}},
  });
}

TEST(Problems, OfModelsThatNoEndpointLists) {
  const std::string rules =
      "models:\n"
      "  fallbacks:\n"
      "    big: [smal, tiny]\n"
      "    huge: [big]\n"
      "  policies: {bug: prefix_hash, tiny: round_robin}\n"
      "defaults: {responses: other, embeddings: big}\n";
  const std::string lists = "endpoints: [{name: e, url: http://e, models: [big, {id: small, aliases: [tiny]}]}]\n";
  const auto loaded = load(rules + lists);
  EXPECT_TRUE(loaded.ok());
  EXPECT_THAT(
      problems(loaded),
      ElementsAre("3:11: warning: no endpoint lists the model `smal`: it cannot stand in; did you mean `small`?",
                  "4:5: warning: no endpoint lists the model `huge`: every request for it goes to what stands "
                  "in for it",
                  "5:14: warning: no endpoint lists the model `bug`: its policy is never used; did you mean "
                  "`big`?",
                  "6:23: warning: no endpoint lists the model `other`: requests that get it are answered 404"));
  // Somebody else may have them.
  EXPECT_THAT(problems(load(rules + "endpoints: [{name: e, url: http://e, models: [big]}, {name: f, url: http://f}]")),
              IsEmpty());
  EXPECT_THAT(problems(load(rules + lists + "probe: {discover: true}\n")), IsEmpty());
  EXPECT_THAT(problems(load(rules)), IsEmpty());
  const Vocabulary with_models{vocabulary().apis, {"smal", "huge", "bug", "other"}};
  EXPECT_THAT(problems(load_text(rules + lists, with_models, environment({}))), IsEmpty());
}

}  // namespace
}  // namespace pointsman::config
