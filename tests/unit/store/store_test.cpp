#include <SQLiteCpp/Statement.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "pointsman/store/lost_keys.hpp"
#include "store_fixture.hpp"

namespace pointsman::store {
namespace {

using registry::Api;
using registry::Health;
using registry::Learned;
using registry::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using namespace std::chrono_literals;

TEST_F(StoreTest, BeginsEmpty) {
  EXPECT_THAT(learned({endpoint("a")}), IsEmpty());
  EXPECT_EQ(open()->opening().backup, "");
}

TEST_F(StoreTest, BringsBackEveryField) {
  {
    const auto store = open();
    store->sync({endpoint("a"), endpoint("b", 9000)});
    store->save("a", everything());
    store->save("b", small("m"));
  }
  EXPECT_THAT(learned({endpoint("a"), endpoint("b", 9000)}),
              ElementsAre(Pair("a", everything()), Pair("b", small("m"))));
}

TEST_F(StoreTest, RemembersThatThereWereKeys) {
  EXPECT_FALSE(saw_keys(path)) << "there is no database";
  EXPECT_FALSE(open()->had_keys());
  EXPECT_FALSE(saw_keys(path));
  {
    const auto store = open();
    store->remember_keys(clock.wall());
    store->remember_keys(clock.wall());
  }
  EXPECT_EQ(count("keys_seen"), 1);
  EXPECT_TRUE(open()->had_keys());
  EXPECT_TRUE(saw_keys(path));
  EXPECT_FALSE(std::filesystem::exists(path + "-shm")) << "to look leaves nothing beside it";
  {
    const auto store = open();
    EXPECT_TRUE(saw_keys(path)) << "also while a gateway has it open";
    store->forget_keys();
  }
  EXPECT_FALSE(open()->had_keys());
  EXPECT_FALSE(saw_keys(path));
}

TEST_F(StoreTest, LeavesOutAnEndpointThatWasNeverProbed) {
  open()->sync({endpoint("a")});
  EXPECT_THAT(learned({endpoint("a")}), IsEmpty());
  EXPECT_EQ(count("endpoints"), 1);
}

TEST_F(StoreTest, ReplacesWhatItKnew) {
  const auto store = open();
  store->sync({endpoint("a")});
  Learned changed = everything();
  store->save("a", changed);
  changed.health = Health::up;
  changed.detail.clear();
  changed.models.pop_back();
  changed.models[0].context_length.reset();
  changed.routes[Api::responses].verdict = Verdict::yes;
  changed.routes[Api::embeddings] = {};
  store->save("a", changed);
  EXPECT_THAT(store->learned({endpoint("a")}), ElementsAre(Pair("a", changed)));
  store->flush();
  EXPECT_EQ(count("models"), 1);
}

TEST_F(StoreTest, WritesOnlyTheStateWhenNothingElseChanged) {
  const auto store = open();
  store->sync({endpoint("a")});
  Learned probed = everything();
  store->save("a", probed);
  store->flush();
  // Rewriting the endpoint's rows would take this one away.
  alter("INSERT INTO capabilities VALUES ('a', 'marker', 'x', 'yes', 'probed', '', 0)");
  probed.probed_at += Milliseconds(30'000);
  probed.health = Health::busy;
  store->save("a", probed);
  EXPECT_THAT(store->learned({endpoint("a")}), ElementsAre(Pair("a", probed)));
  EXPECT_EQ(count("capabilities WHERE model = 'marker'"), 1);
}

TEST_F(StoreTest, TimesAndWhatIsInMemoryAreNoReasonToWriteTheRowsAnew) {
  const auto store = open();
  store->sync({endpoint("a")});
  Learned probed = everything();
  store->save("a", probed);
  store->flush();
  alter("INSERT INTO capabilities VALUES ('a', 'marker', 'x', 'yes', 'probed', '', 0)");
  probed.models[0].loaded = true;
  probed.models[0].apis[Api::chat_completions].at += Milliseconds(30'000);
  probed.routes[Api::responses].at += Milliseconds(30'000);
  probed.health = Health::busy;
  store->save("a", probed);
  EXPECT_THAT(store->learned({endpoint("a")}), ElementsAre(Pair("a", testing::Field(&Learned::health, Health::busy))));
  EXPECT_EQ(count("capabilities WHERE model = 'marker'"), 1);
}

TEST_F(StoreTest, WritesARouteThatChangedAlone) {
  const auto store = open();
  store->sync({endpoint("a")});
  Learned changed = everything();
  store->save("a", changed);
  changed.routes[Api::responses].verdict = Verdict::yes;
  store->save("a", changed);
  EXPECT_THAT(store->learned({endpoint("a")}), ElementsAre(Pair("a", changed)));
}

TEST_F(StoreTest, ForgetsAnEndpointThatIsGoneWithAllThatWasLearned) {
  {
    const auto store = open();
    store->sync({endpoint("a"), endpoint("b")});
    store->save("a", everything());
    store->save("b", small("m"));
    store->sync({endpoint("b")});
  }
  EXPECT_THAT(learned({endpoint("a"), endpoint("b")}), ElementsAre(Pair("b", small("m"))));
  EXPECT_EQ(count("endpoints"), 1);
  EXPECT_EQ(count("models"), 1);
  EXPECT_EQ(count("capabilities"), 0);
}

TEST_F(StoreTest, ForgetsAnEndpointWhoseUrlChanged) {
  {
    const auto store = open();
    store->sync({endpoint("a")});
    store->save("a", everything());
  }
  EXPECT_THAT(learned({endpoint("a", 9000)}), IsEmpty()) << "before the sync";
  EXPECT_THAT(learned({endpoint("a")}), ElementsAre(Pair("a", everything()))) << "reading changes nothing";
  open()->sync({endpoint("a", 9000)});
  EXPECT_THAT(learned({endpoint("a")}), IsEmpty());
  EXPECT_EQ(count("models"), 0);
}

TEST_F(StoreTest, KeepsWhatWasLearnedWhenAnythingElseChanged) {
  {
    const auto store = open();
    store->sync({endpoint("a")});
    store->save("a", everything());
  }
  config::Endpoint changed = endpoint("a");
  changed.weight = 9;
  changed.api_key = Secret("sk-new");
  open()->sync({endpoint("b"), changed});
  EXPECT_THAT(learned({changed}), ElementsAre(Pair("a", everything())));
}

TEST_F(StoreTest, IgnoresWhatIsLearnedOfAStranger) {
  const auto store = open();
  store->sync({endpoint("a")});
  store->save("stranger", everything());
  store->flush();
  EXPECT_EQ(count("endpoints"), 1);
  EXPECT_EQ(count("models"), 0);
  EXPECT_EQ(store->condition().cause, "");
}

TEST_F(StoreTest, WritesNoKeyAnywhere) {
  config::Endpoint guarded = endpoint("a");
  guarded.api_key = Secret("sk-very-secret");
  {
    const auto store = open();
    store->sync({guarded});
    store->save("a", everything());
    store->flush();
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
      std::ostringstream bytes;
      bytes << std::ifstream(file.path()).rdbuf();
      EXPECT_EQ(bytes.str().find("sk-very-secret"), std::string::npos) << file.path();
    }
  }
}

TEST_F(StoreTest, WritesNamesAndNotNumbers) {
  {
    const auto store = open();
    store->sync({endpoint("a")});
    store->save("a", everything());
  }
  SQLite::Database database(path);
  EXPECT_EQ(database.execAndGet("SELECT health FROM endpoints").getString(), "loading");
  SQLite::Statement row(database, "SELECT api, verdict, how FROM capabilities WHERE model = '' AND verdict = 'no'");
  ASSERT_TRUE(row.executeStep());
  EXPECT_EQ(row.getColumn(0).getString(), "responses");
  EXPECT_EQ(row.getColumn(2).getString(), "probed");
}

TEST_F(StoreTest, PassesOverNamesOfAnotherVersion) {
  {
    const auto store = open();
    store->sync({endpoint("a")});
    store->save("a", everything());
  }
  alter(R"(
UPDATE endpoints SET health = 'meditating';
UPDATE capabilities SET verdict = 'perhaps' WHERE model = '' AND api = 'responses';
UPDATE capabilities SET how = 'dreamt' WHERE model = '' AND api = 'embeddings';
UPDATE capabilities SET api = 'telepathy' WHERE model = 'org/z:70b' AND api = 'completions')");

  Learned expected = everything();
  expected.health = Health::unknown;
  expected.routes = {};
  expected.models[0].apis[Api::completions] = {};
  EXPECT_THAT(learned({endpoint("a")}), ElementsAre(Pair("a", expected)));
}

TEST_F(StoreTest, KeepsNothingInMemory) {
  {
    const auto store = open(":memory:");
    store->sync({endpoint("a")});
    store->save("a", everything());
    EXPECT_THAT(store->learned({endpoint("a")}), ElementsAre(Pair("a", everything())));
  }
  EXPECT_THAT(open(":memory:")->learned({endpoint("a")}), IsEmpty());
}

// Waits for the writer's answer.
std::optional<ownership::Owner> owner_of(Store& store, const std::string& id) {
  std::promise<std::optional<ownership::Owner>> answer;
  store.find_owner(id, [&](auto owner) { answer.set_value(std::move(owner)); });
  return answer.get_future().get();
}

TEST_F(StoreTest, KeepsOwnersUntilTheyExpire) {
  const auto now = WallTime(Milliseconds(1'000'000));
  const ownership::Owner alices{"gpu", "alice", now + 1h};
  const ownership::Owner nobodys{"gpu", "", now};
  {
    const auto store = open();
    store->keep_owner("resp_1", {"cpu", "bob", now}, now - 1h);
    store->keep_owner("resp_1", alices, now);  // bob's has expired
    store->keep_owner("resp_1", {"gpu", "bob", now + 2h}, now);
    store->keep_owner("resp_2", nobodys, now - 1h);
    EXPECT_EQ(owner_of(*store, "resp_1"), alices) << "what was kept before is seen";
  }
  const auto store = open();
  EXPECT_EQ(owner_of(*store, "resp_1"), alices);
  EXPECT_EQ(owner_of(*store, "resp_2"), nobodys);
  EXPECT_EQ(owner_of(*store, "resp_3"), std::nullopt);
  store->prune(now);
  EXPECT_EQ(owner_of(*store, "resp_1"), alices);
  EXPECT_EQ(owner_of(*store, "resp_2"), std::nullopt);
}

}  // namespace
}  // namespace pointsman::store
