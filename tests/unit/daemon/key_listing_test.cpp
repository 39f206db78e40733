#include "pointsman/daemon/key_listing.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace pointsman::daemon {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr WallTime noon{Milliseconds(1'700'000'000'000)};  // 2023-11-14T22:13:20Z
constexpr Milliseconds hour{3'600'000};

store::KeptKey kept(const std::string& name) { return {{.name = name}, noon, {}, {{Sha256::of(name), "wxyz", noon}}}; }

std::vector<store::KeptKey> all_states() {
  auto expired = kept("expired");
  expired.grants.expires = noon;
  auto revoked = kept("revoked");
  revoked.revoked_at = noon;
  auto full = kept("full");
  full.grants = {.name = "full",
                 .models = {"llama*", "qwen"},
                 .priority = 3,
                 .apis = {"embeddings"},
                 .permissions = {.admin = false, .metrics = true},
                 .expires = noon + 2 * hour,
                 .limits = {.requests_per_minute = 60, .tokens_per_day = 1'000},
                 .debug = true};
  return {expired, revoked, full, kept("twice")};
}

const config::Access file{false, {{.name = "twice"}, {.name = "of-file", .expires = noon}}};

TEST(KeyListing, IsATable) {
  EXPECT_EQ(
      key_table(file, all_states(), noon + hour),
      "NAME     SOURCE    STATE               SECRET   MODELS        APIS        LIMITS                   EXPIRES\n"
      "twice    file      good                         all           all         none                     never\n"
      "of-file  file      expired                      all           all         none                     "
      "2023-11-14T22:13:20Z\n"
      "expired  database  expired             ...wxyz  all           all         none                     "
      "2023-11-14T22:13:20Z\n"
      "revoked  database  revoked             ...wxyz  all           all         none                     never\n"
      "full     database  good                ...wxyz  llama*, qwen  embeddings  60 rpm, 1000 tokens/day  "
      "2023-11-15T00:13:20Z\n"
      "twice    database  hidden by the file  ...wxyz  all           all         none                     "
      "never\n");
}

TEST(KeyListing, IsJsonForPrograms) {
  const auto keys = Json::parse(key_list_json(file, all_states(), noon + hour))["keys"];
  ASSERT_EQ(keys.size(), 6u);
  EXPECT_EQ(keys[0]["source"], "file");
  EXPECT_EQ(keys[5]["state"], "hidden by the file");
  const Json full = Json::parse(R"({"name":"full","source":"database","state":"good","models":["llama*","qwen"],
    "apis":["embeddings"],"permissions":["metrics"],"priority":3,"debug":true,"limits":{"rpm":60,"budget":{"day":1000}},
    "expires_at":"2023-11-15T00:13:20Z","created_at":"2023-11-14T22:13:20Z","revoked_at":null,
    "secrets":[{"ends_with":"wxyz","created_at":"2023-11-14T22:13:20Z","expires_at":null}]})");
  EXPECT_EQ(keys[4], full);
  EXPECT_EQ(Json::parse(key_json(all_states()[2], false, noon + hour)), full);
}

TEST(KeyListing, TellsAllOfOneKey) {
  auto key = all_states()[2];
  key.tokens.push_back({Sha256::of("old"), "abcd", noon - hour, noon + hour});
  EXPECT_EQ(key_details(key, false, noon),
            "name         full\n"
            "state        good\n"
            "models       llama*, qwen\n"
            "apis         embeddings\n"
            "permissions  metrics\n"
            "debug        yes\n"
            "priority     3\n"
            "limits       60 rpm, 1000 tokens/day\n"
            "created      2023-11-14T22:13:20Z\n"
            "expires      2023-11-15T00:13:20Z\n"
            "secret       ends with wxyz, made 2023-11-14T22:13:20Z\n"
            "secret       ends with abcd, made 2023-11-14T21:13:20Z, good until 2023-11-14T23:13:20Z\n");
  EXPECT_THAT(key_details(key, false, noon + hour),
              HasSubstr("made 2023-11-14T21:13:20Z, ended 2023-11-14T23:13:20Z\n"));
}

TEST(KeyListing, ShowsWhatWouldSteerATerminalAsAnEscape) {
  auto odd = kept("odd");
  odd.grants.models = {
      "\xc2\x9b"
      "2J",
      "\xe2\x80\xae", "\xc3\xbc"};
  const auto table = key_table({}, {odd}, noon);
  EXPECT_THAT(table, HasSubstr(R"("\u009b2J", "\u202e", )"
                               "\xc3\xbc "));
}

TEST(KeyListing, ShowsNoDigest) {
  const auto digest = Sha256::of("full").hexadecimal();
  for (const auto& text : {key_table(file, all_states(), noon), key_list_json(file, all_states(), noon),
                           key_details(all_states()[2], false, noon)}) {
    EXPECT_THAT(text, Not(HasSubstr(digest)));
  }
}

}  // namespace
}  // namespace pointsman::daemon
