#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include "pointsman/store/health_changes_table.hpp"
#include "pointsman/store/store.hpp"
#include "samples.hpp"
#include "temporary_directory.hpp"

namespace pointsman::store {
namespace {

using namespace std::chrono_literals;
using registry::Health;
using registry::HealthChange;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class HealthChangesTest : public testing::Test {
 protected:
  void SetUp() override { open(); }

  void open() {
    store.reset();
    store = Store::open(path, clock).value();
    store->sync({endpoint("a"), endpoint("b")});
  }

  HealthChange change(Health from, Health to, Milliseconds after = 0ms) const {
    return {from, to, "it's \"said\"", clock.wall() + after};
  }

  TemporaryDirectory directory;
  std::string path = directory.file("pointsman.db");
  ManualClock clock;
  std::unique_ptr<Store> store;
};

TEST_F(HealthChangesTest, GivesTheLastOfAnEndpointTheNewestFirst) {
  const HealthChange first = change(Health::unknown, Health::up);
  const HealthChange second = change(Health::up, Health::loading, 1s);
  const HealthChange third = change(Health::loading, Health::auth, 1s);
  store->add("a", first);
  store->add("b", change(Health::unknown, Health::down));
  store->add("a", second);
  store->add("a", third);
  open();
  EXPECT_THAT(store->health_changes("a", 10), ElementsAre(third, second, first));
  EXPECT_THAT(store->health_changes("a", 2), ElementsAre(third, second));
  EXPECT_THAT(store->health_changes("a", 0), IsEmpty());
  EXPECT_THAT(store->health_changes("stranger", 10), IsEmpty());
}

TEST_F(HealthChangesTest, AreKeptForThirtyDays) {
  const HealthChange kept = change(Health::up, Health::down);
  store->add("a", change(Health::unknown, Health::up, -1ms));
  store->add("a", kept);
  store->prune(clock.wall() + 30 * 24h);
  EXPECT_THAT(store->health_changes("a", 10), ElementsAre(kept));
}

TEST_F(HealthChangesTest, AreBoundedForEachEndpoint) {
  store->add("b", change(Health::unknown, Health::down));
  store->flush();
  SQLite::Database database(path, SQLite::OPEN_READWRITE, 1'000);
  HealthChangesTable table(database);
  database.exec("BEGIN");
  for (int i = 0; i < HealthChangesTable::most_of_one_endpoint + 5; ++i) {
    table.add("a", change(Health::up, Health::down, Milliseconds(i)));
  }
  database.exec("COMMIT");
  const auto all = store->health_changes("a", 10'000);
  ASSERT_THAT(all, SizeIs(HealthChangesTable::most_of_one_endpoint));
  EXPECT_EQ(all.back().at, clock.wall() + 5ms) << "the oldest went";
  EXPECT_THAT(store->health_changes("b", 10), SizeIs(1));
}

TEST_F(HealthChangesTest, GoWithTheirEndpoint) {
  store->add("a", change(Health::unknown, Health::up));
  store->add("b", change(Health::unknown, Health::up));
  store->sync({endpoint("a", 9000), endpoint("b")});
  EXPECT_THAT(store->health_changes("a", 10), IsEmpty());
  EXPECT_THAT(store->health_changes("b", 10), SizeIs(1));
}

TEST_F(HealthChangesTest, OfAStrangerAreIgnored) {
  store->add("stranger", change(Health::unknown, Health::up));
  store->flush();
  // Gone from the database, though it is configured.
  SQLite::Database(path, SQLite::OPEN_READWRITE, 1'000).exec("DELETE FROM endpoints WHERE name = 'a'");
  store->add("a", change(Health::unknown, Health::up));
  EXPECT_THAT(store->health_changes("stranger", 10), IsEmpty());
  EXPECT_THAT(store->health_changes("a", 10), IsEmpty());
  EXPECT_EQ(store->condition().dropped, 0u);
}

TEST_F(HealthChangesTest, OfAnotherVersionAreUnknown) {
  store->add("a", change(Health::up, Health::down));
  store->flush();
  SQLite::Database(path, SQLite::OPEN_READWRITE, 1'000).exec("UPDATE health_changes SET to_health = 'meditating'");
  EXPECT_THAT(store->health_changes("a", 10), ElementsAre(change(Health::up, Health::unknown)));
}

}  // namespace
}  // namespace pointsman::store
