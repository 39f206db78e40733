#include "pointsman/api/models.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

bool everybody(const registry::SnapshotModel&) { return true; }

// Anthropic's SDK reads the same object as OpenAI's.
std::string body_of(const registry::Snapshot& snapshot, const Visible& visible) {
  ModelList list(snapshot, visible);
  while (list.add_some()) continue;
  return list.take();
}

TEST(Models, HaveTheKeysOfBothSdks) {
  registry::Snapshot snapshot;
  snapshot.models = {model("a", 1735689600), model("org/b:1", 0)};
  const auto list = Json::parse(body_of(snapshot, everybody));
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
  EXPECT_EQ(Json::parse(model_body(snapshot, snapshot.models[0])), first);
}

TEST(Models, AnEmptyListHasNoEnds) {
  registry::Snapshot snapshot;
  snapshot.models = {model("a", 0)};
  const auto list = Json::parse(body_of(snapshot, [](const auto&) { return false; }));
  EXPECT_TRUE(list["data"].empty());
  EXPECT_TRUE(list["first_id"].is_null());
  EXPECT_TRUE(list["last_id"].is_null());
}

TEST(Models, AnyTimeIsADate) {
  for (const auto& [created, date] : std::map<std::int64_t, std::string>{
           {-1, "1970-01-01T00:00:00Z"},
           {1735689600000, "9999-12-31T23:59:59Z"},  // some count milliseconds
           {std::numeric_limits<std::int64_t>::max(), "9999-12-31T23:59:59Z"},
       }) {
    registry::Snapshot snapshot;
    snapshot.models = {model("a", created)};
    const auto item = Json::parse(model_body(snapshot, snapshot.models[0]));
    EXPECT_EQ(item["created_at"], date);
    EXPECT_EQ(item["created"], created);
  }
}

TEST(ModelList, IsWholeHoweverLongItIs) {
  registry::Snapshot snapshot;
  const std::size_t count = 3 * ModelList::at_once + 1;
  for (std::size_t i = 0; i < count; ++i) snapshot.models.emplace_back().id = "m" + std::to_string(i);
  ModelList list(snapshot, [](const auto& model) { return model.id != "m0"; });
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
