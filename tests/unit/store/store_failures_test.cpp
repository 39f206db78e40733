#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <ostream>

#include "store_fixture.hpp"

namespace pointsman::store {
namespace {

using registry::Api;
using registry::Learned;
using registry::Provenance;
using registry::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

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

}  // namespace
}  // namespace pointsman::store
