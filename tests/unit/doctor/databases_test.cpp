#include "pointsman/doctor/databases.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace pointsman::doctor {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

DatabaseState sound() {
  DatabaseState state;
  state.path = "/d/pointsman.db";
  state.exists = true;
  state.may_write = true;
  state.schema = state.newest_schema = 4;
  state.free_bytes = 10ull << 30;
  return state;
}

Finding only(const DatabaseState& state, const OwnGateway& gateway = {}) {
  const auto found = judge_database(state, gateway);
  EXPECT_THAT(found, SizeIs(1));
  return found.empty() ? Finding{} : found.front();
}

TEST(DoctorDatabases, AreSoundOrNotThereYet) {
  EXPECT_EQ(only(sound()).severity, Severity::ok);
  auto missing = sound();
  missing.exists = false;
  EXPECT_THAT(only(missing).what, HasSubstr("can be made"));
  missing.holds = store::Holds::keys;
  EXPECT_THAT(only(missing).what, HasSubstr("no key was made"));
}

TEST(DoctorDatabases, AreSaidToBeLostWhereTheGatewayDoesNotStartWithoutThem) {
  auto state = sound();
  state.holds = store::Holds::keys;
  state.has_keys = false;
  EXPECT_EQ(only(state).severity, Severity::ok) << "nobody ever saw one";
  state.were_seen = true;
  EXPECT_EQ(only(state).severity, Severity::error);
  EXPECT_THAT(only(state).what, HasSubstr("has no key, but this gateway had keys"));
  EXPECT_THAT(only(state).advice, HasSubstr("--forget-keys"));
  state.has_keys = true;
  EXPECT_EQ(only(state).severity, Severity::ok);
  state.has_keys.reset();
  state.exists = false;
  EXPECT_EQ(only(state).severity, Severity::error);
  EXPECT_THAT(only(state).what, HasSubstr("is not there, but this gateway had keys"));
  state.defect = "is a symbolic link that leads nowhere";
  EXPECT_THAT(only(state).what, HasSubstr("leads nowhere: the gateway does not start"));
  EXPECT_THAT(only(state).advice, HasSubstr("backup"));
}

TEST(DoctorDatabases, AreDamaged) {
  auto state = sound();
  state.is_sound = false;
  state.trouble = "row 3 missing from index";
  EXPECT_EQ(only(state).severity, Severity::error);
  EXPECT_THAT(only(state).what, HasSubstr("row 3 missing"));
  EXPECT_THAT(only(state).advice, HasSubstr("learned anew"));
  state.holds = store::Holds::keys;
  EXPECT_THAT(only(state).advice, HasSubstr("backup"));
}

TEST(DoctorDatabases, AreSomebodyElses) {
  auto state = sound();
  state.is_ours = false;
  EXPECT_EQ(only(state).severity, Severity::error);
  EXPECT_THAT(only(state).advice, HasSubstr("`store.path`"));
  state.holds = store::Holds::keys;
  EXPECT_EQ(only(state).advice,
            "put a backup in its place; every key is void if you name another file as `store.keys`");
}

TEST(DoctorDatabases, AreNewerOrOlder) {
  auto state = sound();
  state.schema = 5;
  EXPECT_EQ(only(state).severity, Severity::error);
  EXPECT_THAT(only(state).what, HasSubstr("newer pointsman"));
  state.schema = 3;
  EXPECT_EQ(only(state).severity, Severity::note);
}

TEST(DoctorDatabases, CannotBeReadUntilAChangeIsUndone) {
  auto state = sound();
  state.was_cut_off = true;
  EXPECT_EQ(only(state).severity, Severity::note);
  EXPECT_THAT(only(state).advice, HasSubstr("start the gateway"));
  state.holds = store::Holds::keys;
  EXPECT_THAT(only(state).advice, HasSubstr("keys list"));
}

TEST(DoctorDatabases, CannotBeReadOrWritten) {
  auto state = sound();
  state.trouble = "database is locked";
  EXPECT_EQ(only(state).severity, Severity::error);
  state = sound();
  state.may_write = false;
  EXPECT_EQ(only(state).severity, Severity::error);
  state.holds = store::Holds::keys;
  EXPECT_EQ(only(state).severity, Severity::warning) << "the gateway only reads it";
}

TEST(DoctorDatabases, HaveALittleSpace) {
  auto state = sound();
  state.free_bytes = 500ull << 20;
  EXPECT_EQ(only(state).severity, Severity::warning);
  state.free_bytes = 10ull << 20;
  EXPECT_EQ(only(state).severity, Severity::error);
  EXPECT_THAT(only(state).what, HasSubstr("10 MiB"));
}

// Nor does it wait for somebody who writes into it.
TEST(DoctorDatabases, AreNoPipes) {
  const std::string path = testing::TempDir() + "pipe-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((path + "-shm").c_str(), 0600), 0);
  const auto state = examine_database(path, store::Holds::learned, false, Milliseconds(1'000));
  ASSERT_TRUE(state);
  EXPECT_THAT(only(*state).what, HasSubstr("no database of pointsman"));
  std::filesystem::remove(path);
  std::filesystem::remove(path + "-shm");
}

TEST(DoctorDatabases, AreTooLarge) {
  auto state = sound();
  state.is_whole = false;
  EXPECT_EQ(only(state).severity, Severity::note);
}

TEST(DoctorDatabases, AreUsedByTheGatewayOrByAnother) {
  auto state = sound();
  state.user = 4711;
  state.user_name = "pointsman";
  EXPECT_EQ(only(state, {true, 4711}).severity, Severity::ok);
  EXPECT_EQ(only(state, {true, 0}).severity, Severity::ok) << "it could not say which process it is";
  EXPECT_EQ(only(state, {false, 4711}).severity, Severity::warning);
  EXPECT_THAT(only(state).what, HasSubstr("process 4711 (pointsman)"));
  EXPECT_EQ(only(state, {true, 12}).severity, Severity::warning);
  EXPECT_THAT(only(state, {true, 12}).what, HasSubstr("not the gateway that runs, process 12"));
}

}  // namespace
}  // namespace pointsman::doctor
