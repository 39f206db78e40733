#include "pointsman/store/store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <ostream>
#include <sstream>

#include "pointsman/store/lost_keys.hpp"
#include "samples.hpp"
#include "temporary_directory.hpp"

namespace pointsman::store {
namespace {

using registry::Api;
using registry::Capability;
using registry::Health;
using registry::Learned;
using registry::Provenance;
using registry::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using namespace std::chrono_literals;

// Every field has a value that is not its default.
Learned everything() {
  const WallTime noon{Milliseconds(1'700'000'000'123)};
  Learned result;
  result.health = Health::loading;
  result.detail = "loading the model; wait";
  result.server_type = "llama.cpp";
  result.version = "b4719";
  result.probed_at = noon;
  result.routes[Api::responses] = {Verdict::no, Provenance::probed, "POST /v1/responses {: 404", noon};
  result.routes[Api::embeddings] = {Verdict::unknown, Provenance::none, "503 Loading model", noon};
  result.models.resize(2);
  // Not in the order of the alphabet: an endpoint's own order stays.
  result.models[0].id = "org/z:70b";
  result.models[0].created = 1'686'935'002;
  result.models[0].owned_by = "library";
  result.models[0].context_length = 131'072;
  result.models[0].apis[Api::chat_completions] = {Verdict::yes, Provenance::observed, "200", noon + Milliseconds(1)};
  result.models[0].apis[Api::completions] = {Verdict::no, Provenance::configured, "", WallTime()};
  result.models[1].id = "a'; DROP TABLE models; --";
  result.models[1].owned_by = std::string("\0\xff\"\n", 4);
  result.models[1].apis[Api::embeddings] = {Verdict::yes, Provenance::openapi, "\xf0\x9f\x9a\x82", noon};
  result.models[1].apis[Api::responses] = {Verdict::no, Provenance::profile, "ollama before 0.13.3", noon};
  return result;
}

Learned small(const std::string& model) {
  Learned result;
  result.health = Health::up;
  result.models.resize(1);
  result.models[0].id = model;
  return result;
}

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> open(const std::string& at) {
    auto opened = Store::open(at, clock);
    if (!opened) ADD_FAILURE() << opened.error().message;
    return std::move(*opened);
  }
  std::unique_ptr<Store> open() { return open(path); }

  // What the next run would know.
  std::map<std::string, Learned> learned(const std::vector<config::Endpoint>& endpoints) {
    return open()->learned(endpoints);
  }

  int count(const std::string& table) {
    return SQLite::Database(path).execAndGet("SELECT count(*) FROM " + table).getInt();
  }
  void alter(const std::string& sql) { SQLite::Database(path, SQLite::OPEN_READWRITE).exec(sql); }

  TemporaryDirectory directory;
  std::string path = directory.file("pointsman.db");
  ManualClock clock;
};

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

TEST_F(StoreTest, HealsAfterALostSync) {
  const auto store = open();
  store->sync({endpoint("moved")});
  store->save("moved", small("m"));
  store->flush();
  alter("CREATE TRIGGER full BEFORE INSERT ON endpoints BEGIN SELECT RAISE(ABORT, 'out of leaves'); END");
  store->sync({endpoint("new"), endpoint("moved", 9000)});
  store->flush();
  EXPECT_THAT(store->condition().cause, HasSubstr("out of leaves"));
  EXPECT_EQ(store->condition().dropped, 1u);
  alter("DROP TRIGGER full");
  store->save("new", everything());
  store->save("moved", everything());
  EXPECT_THAT(store->learned({endpoint("new"), endpoint("moved", 9000)}),
              ElementsAre(Pair("moved", everything()), Pair("new", everything())));
}

TEST_F(StoreTest, RefusesANewerSchema) {
  open();
  alter("INSERT INTO schema_migrations VALUES (9999, '9999_future', '', 0)");
  const auto opened = Store::open(path, clock);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("written by a newer pointsman"));
}

TEST_F(StoreTest, RefusesAChangedMigration) {
  open();
  alter("UPDATE schema_migrations SET checksum = 'different'");
  const auto opened = Store::open(path, clock);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("Schema 1"));
}

TEST_F(StoreTest, RefusesWhatIsNoDatabase) {
  std::ofstream(path) << std::string(5000, 'x');
  const auto opened = Store::open(path, clock);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("Move the file"));
}

// A way to break a file of ours.
struct Damage {
  const char* name;
  void (*inflict)(const std::string& path);
};

// For the names of the tests in ctest.
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

void overwrite(const std::string& path, std::streamoff at, std::size_t size) {
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(at) << std::string(size, '\x5a');
}

void cut(const std::string& path, std::uintmax_t size) { std::filesystem::resize_file(path, size); }

constexpr Damage damages[]{
    {"Header", [](const std::string& path) { overwrite(path, 0, 100); }},
    {"Magic", [](const std::string& path) { overwrite(path, 0, 16); }},
    {"FirstPage", [](const std::string& path) { overwrite(path, 100, 3996); }},
    {"Middle", [](const std::string& path) { overwrite(path, 4096, 8 * 4096); }},
    {"Everything", [](const std::string& path) { overwrite(path, 0, std::filesystem::file_size(path)); }},
    {"HalfGone", [](const std::string& path) { cut(path, std::filesystem::file_size(path) / 2 / 4096 * 4096); }},
    {"CutInAPage", [](const std::string& path) { cut(path, std::filesystem::file_size(path) - 1000); }},
    {"HeaderAlone", [](const std::string& path) { cut(path, 100); }},
    {"CutInTheHeader", [](const std::string& path) { cut(path, 50); }},
};

class DamagedStoreTest : public StoreTest, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedStoreTest, IsMovedAsideAndBegunAnew) {
  {
    const auto store = open();
    store->sync({endpoint("a")});
    store->save("a", everything());
    for (int i = 0; i < 500; ++i) store->keep_owner("resp_" + std::to_string(i), {"a", "key", WallTime()}, WallTime());
  }
  GetParam().inflict(path);
  std::string moved_to;
  {
    const auto store = open();
    moved_to = store->opening().set_aside;
    EXPECT_THAT(moved_to, testing::StartsWith(path + ".corrupt-20231114T2"));
    EXPECT_THAT(store->opening().trouble, HasSubstr(path));
    EXPECT_TRUE(store->opening().keeps);
    EXPECT_THAT(store->learned({endpoint("a")}), IsEmpty());
    store->sync({endpoint("a")});
    store->save("a", small("m"));
  }
  EXPECT_TRUE(std::filesystem::exists(moved_to)) << "for whoever wants to look at it";
  const auto again = open();
  EXPECT_EQ(again->opening().set_aside, "");
  EXPECT_THAT(again->learned({endpoint("a")}), ElementsAre(Pair("a", small("m"))));
}

INSTANTIATE_TEST_SUITE_P(Damages, DamagedStoreTest, testing::ValuesIn(damages),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_F(StoreTest, LeavesTheDamagedDatabaseOfAnotherProgramWhereItIs) {
  {
    SQLite::Database other(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("PRAGMA application_id = 1234; CREATE TABLE photographs AS SELECT zeroblob(50000) AS x");
  }
  overwrite(path, 4096, 4096);
  EXPECT_FALSE(Store::open(path, clock));
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(StoreTest, ServesFromMemoryWhereItsFileMayNotBeWritten) {
  open();
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(directory.path().c_str(), 0555), 0);
  const bool is_root = ::geteuid() == 0;
  if (is_root) ASSERT_EQ(::seteuid(65534), 0);
  auto store = Store::open(path, clock);
  if (is_root) ASSERT_EQ(::seteuid(0), 0);
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_FALSE((*store)->opening().keeps);
  EXPECT_THAT((*store)->opening().trouble, HasSubstr("Let the user that runs pointsman write"));
  (*store)->sync({endpoint("a")});
  (*store)->save("a", small("m"));
  EXPECT_THAT((*store)->learned({endpoint("a")}), ElementsAre(Pair("a", small("m"))));
}

// A file of this size at most may be written by this process while this object lives.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{size, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(StoreTest, WritesWhenTheDiskHasSpaceAgainWhatItCouldNot) {
  const auto store = open();
  store->sync({endpoint("a")});
  store->save("a", small("before"));
  store->flush();
  {
    const SmallDisk disk(1);
    store->save("a", everything());
    store->flush();
    EXPECT_TRUE(store->condition().is_failing) << "the disk took it";
    EXPECT_NE(store->condition().cause, "");
  }
  store->flush();
  EXPECT_FALSE(store->condition().is_failing);
  EXPECT_EQ(store->condition().dropped, 0u);
  EXPECT_THAT(store->learned({endpoint("a")}), ElementsAre(Pair("a", everything())));
}

TEST_F(StoreTest, ServesFromMemoryWhereTheDiskIsFull) {
  const SmallDisk disk(1);
  const auto store = open();
  EXPECT_FALSE(store->opening().keeps);
  EXPECT_NE(store->opening().trouble, "");
}

// An endpoint with many models, all of which carry the same number.
Learned generation(int number) {
  Learned result = small("");
  result.models.clear();
  for (int i = 0; i < 50; ++i) {
    registry::ModelReport& model = result.models.emplace_back();
    model.id = "model-" + std::to_string(i);
    model.created = number;
    model.apis[Api::responses] = {Verdict::yes, Provenance::probed, std::to_string(number), WallTime()};
  }
  return result;
}

// Writes one generation after another until it is killed, and tells when the first few are on the disk.
[[noreturn]] void write_for_ever(const std::string& path, int told) {
  const SystemClock clock;
  auto store = Store::open(path, clock).value();
  store->sync({endpoint("a")});
  for (int number = 1;; ++number) {
    store->save("a", generation(number));
    store->flush();
    if (number == 3 && ::write(told, "!", 1) != 1) ::_exit(1);
  }
}

TEST_F(StoreTest, HasOneWholeStateAfterAKill) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) write_for_ever(path, pipe_ends[1]);
  ::close(pipe_ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(pipe_ends[0], &byte, 1), 1) << "the writing process ended early";
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(pipe_ends[0]);

  const auto found = learned({endpoint("a")});
  ASSERT_EQ(found.size(), 1u);
  const Learned& survivor = found.at("a");
  ASSERT_EQ(survivor.models.size(), 50u);
  const auto number = static_cast<int>(survivor.models[0].created);
  EXPECT_GE(number, 3);
  EXPECT_EQ(survivor, generation(number));
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
