#include "pointsman/api/models.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

namespace pointsman::api {
namespace {

using Json = nlohmann::json;

registry::SnapshotModel model(const std::string& id, std::int64_t created) {
  registry::SnapshotModel result;
  result.id = id;
  result.created = created;
  result.owned_by = "library";
  return result;
}

// Anthropic's SDK reads the same object as OpenAI's.
std::string body_of(const registry::Snapshot& snapshot, const config::Key* key = nullptr) {
  ModelList list(snapshot, key);
  while (list.add_some()) continue;
  return list.take();
}

TEST(Models, HaveTheKeysOfBothSdks) {
  registry::Snapshot snapshot;
  snapshot.models = {model("a", 1735689600), model("org/b:1", 0)};
  const auto list = Json::parse(body_of(snapshot));
  EXPECT_EQ(list["object"], "list");
  EXPECT_EQ(list["has_more"], false);
  EXPECT_EQ(list["first_id"], "a");
  EXPECT_EQ(list["last_id"], "org/b:1");
  const auto& first = list["data"][0];
  EXPECT_EQ(first["id"], "a");
  EXPECT_EQ(first["object"], "model");
  EXPECT_EQ(first["created"], 1735689600);
  EXPECT_EQ(first["owned_by"], "library");
  EXPECT_EQ(first["type"], "model");
  EXPECT_EQ(first["display_name"], "a");
  EXPECT_EQ(first["created_at"], "2025-01-01T00:00:00Z");
  EXPECT_EQ(list["data"][1]["created_at"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(Json::parse(model_body(snapshot, snapshot.models[0], nullptr)), first);
}

TEST(Models, AnEmptyListHasNoEnds) {
  registry::Snapshot snapshot;
  snapshot.models = {model("a", 0)};
  const config::Key other{.models = {"b"}};
  const auto list = Json::parse(body_of(snapshot, &other));
  EXPECT_TRUE(list["data"].empty());
  EXPECT_TRUE(list["first_id"].is_null());
  EXPECT_TRUE(list["last_id"].is_null());
}

TEST(Models, ShowOnlyApisThatTheKeyMayUse) {
  registry::Snapshot snapshot;
  snapshot.endpoints.emplace_back().health = registry::Health::up;
  const auto offering = [](const std::string& id, std::vector<registry::Api> apis, registry::Verdict verdict) {
    auto result = model(id, 0);
    for (const auto api : apis) {
      auto& candidate = result.candidates[api].emplace_back();
      candidate.verdict = verdict;
    }
    return result;
  };
  using registry::Api;
  using registry::Verdict;
  snapshot.models = {offering("both", {Api::chat_completions, Api::embeddings}, Verdict::yes),
                     offering("chat", {Api::chat_completions}, Verdict::yes),
                     offering("unknown", {Api::chat_completions}, Verdict::unknown)};
  const auto shown = [&](const config::Key* key) {
    std::map<std::string, std::vector<std::string>> apis;
    const auto list = Json::parse(body_of(snapshot, key));
    for (const auto& each : list["data"]) apis[each["id"]] = each["supported_apis"];
    return apis;
  };
  using Shown = std::map<std::string, std::vector<std::string>>;
  EXPECT_EQ(shown(nullptr),
            (Shown{{"both", {"chat_completions", "embeddings"}}, {"chat", {"chat_completions"}}, {"unknown", {}}}));
  const config::Key all{.name = "all"};
  EXPECT_EQ(shown(&all), shown(nullptr));
  // "chat" offers nothing that the key may use; what "unknown" offers nobody knows yet.
  const config::Key embeddings{.apis = {"embeddings", "rerank"}};
  EXPECT_EQ(shown(&embeddings), (Shown{{"both", {"embeddings"}}, {"unknown", {}}}));
  EXPECT_FALSE(may_see(snapshot, snapshot.models[1], &embeddings));
  const config::Key other{.models = {"chat"}, .apis = {"embeddings"}};
  EXPECT_EQ(shown(&other), Shown());
}

TEST(Models, AnyTimeIsADate) {
  for (const auto& [created, date] : std::map<std::int64_t, std::string>{
           {-1, "1970-01-01T00:00:00Z"},
           {1735689600000, "9999-12-31T23:59:59Z"},  // some count milliseconds
           {std::numeric_limits<std::int64_t>::max(), "9999-12-31T23:59:59Z"},
       }) {
    registry::Snapshot snapshot;
    snapshot.models = {model("a", created)};
    const auto item = Json::parse(model_body(snapshot, snapshot.models[0], nullptr));
    EXPECT_EQ(item["created_at"], date);
    EXPECT_EQ(item["created"], created);
  }
}

TEST(ModelList, IsWholeHoweverLongItIs) {
  registry::Snapshot snapshot;
  const std::size_t count = 3 * ModelList::at_once + 1;
  for (std::size_t i = 0; i < count; ++i) snapshot.models.emplace_back().id = "m" + std::to_string(i);
  config::Key key;
  for (char digit = '1'; digit <= '9'; ++digit) key.models.push_back(std::string("m") + digit + "*");
  ModelList list(snapshot, &key);
  int turns = 1;
  while (list.add_some()) ++turns;
  EXPECT_EQ(turns, 4);
  const auto json = Json::parse(list.take());
  EXPECT_EQ(json["data"].size(), count - 1);
  EXPECT_EQ(json["first_id"], "m1");
  EXPECT_EQ(json["last_id"], "m" + std::to_string(count - 1));
}

}  // namespace
}  // namespace pointsman::api
