#include "pointsman/doctor/databases.hpp"

#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "pointsman/doctor/amounts.hpp"
#include "pointsman/ledger/ledger.hpp"
#include "pointsman/store/damage.hpp"
#include "pointsman/store/database.hpp"
#include "pointsman/store/key_database.hpp"
#include "pointsman/store/keys_table.hpp"
#include "pointsman/store/lost_keys.hpp"
#include "pointsman/store/migration.hpp"

namespace pointsman::doctor {
namespace {

constexpr const char* subject = "databases";
constexpr std::uint64_t too_little = 64ull << 20;  // bytes
constexpr std::uint64_t little = 1ull << 30;

int newest_schema(store::Holds holds) {
  const auto migrations = holds == store::Holds::learned    ? store::migrations()
                          : holds == store::Holds::requests ? ledger::migrations()
                                                            : store::migrations_of_keys();
  return migrations.empty() ? 0 : migrations.back().version;
}

// What SQLite locks for as long as a connection has a database in WAL mode open: the byte "DMS" of the -shm file
// (os_unix.c of SQLite). Only while this process has it closed: to close any descriptor of the file drops its locks.
pid_t process_that_has_open(const std::string& path) {
  constexpr off_t held_by_every_connection = 128;
  const int file = ::open((path + "-shm").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return 0;
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = held_by_every_connection;
  lock.l_len = 1;
  const bool is_known = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(file);
  return is_known ? lock.l_pid : 0;
}

std::string name_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

// Ends a query when its time is over.
int is_over(void* deadline) {
  return std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(deadline) ? 1 : 0;
}

void look_into(DatabaseState& state, Milliseconds at_most) {
  auto deadline = std::chrono::steady_clock::now() + at_most;
  try {
    auto database = store::open_to_look(state.path, state.holds, at_most);
    if (database.tableExists("schema_migrations")) {
      state.schema = database.execAndGet("SELECT coalesce(max(version), 0) FROM schema_migrations").getInt();
    }
    // As the gateway does, which also finds rows that make no sense.
    if (state.holds == store::Holds::keys && state.schema == state.newest_schema) {
      state.has_keys = !store::KeysTable(database).all().empty();
    }
    sqlite3_progress_handler(database.getHandle(), 10'000, is_over, &deadline);
    const std::string found = database.execAndGet("PRAGMA quick_check(1)").getString();
    sqlite3_progress_handler(database.getHandle(), 0, nullptr, nullptr);
    state.is_sound = found == "ok";
    if (!state.is_sound) state.trouble = found;
  } catch (const SQLite::Exception& exception) {
    if (store::was_cut_off(exception)) {
      state.was_cut_off = true;
      return;
    }
    switch (exception.getErrorCode()) {
      case SQLITE_INTERRUPT: state.is_whole = false; return;
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB: state.is_sound = false; break;
      default: break;
    }
    state.trouble = exception.what();
  }
}

// The gateway makes the last directory of a path, and of its default path all of them.
bool may_be_made(const std::string& path, bool makes_directories) {
  std::error_code ignored;
  auto directory = std::filesystem::absolute(path, ignored).parent_path();
  const auto exists = [&] { return std::filesystem::exists(directory, ignored); };
  if (!exists()) directory = directory.parent_path();
  while (makes_directories && !exists() && directory.has_relative_path()) directory = directory.parent_path();
  return std::filesystem::is_directory(directory, ignored) && ::access(directory.c_str(), W_OK | X_OK) == 0;
}

std::string file_in_the_way(const std::string& path) {
  std::error_code ignored;
  auto directory = std::filesystem::path(path).parent_path();
  while (directory.has_relative_path() && !std::filesystem::exists(directory, ignored)) {
    directory = directory.parent_path();
  }
  const bool is_fine = directory.empty() || std::filesystem::is_directory(directory, ignored);
  return is_fine ? "" : directory.string();
}

std::optional<std::uint64_t> free_on_disk(std::filesystem::path path) {
  std::error_code error;
  for (path = std::filesystem::absolute(path, error).parent_path(); path.has_relative_path();
       path = path.parent_path()) {
    const auto space = std::filesystem::space(path, error);
    if (!error) return space.available;
  }
  return std::nullopt;
}

Finding damaged(const DatabaseState& state) {
  const auto after = store::if_moved_aside(state.holds);
  return {Severity::error, subject, state.path, "is damaged: " + state.trouble,
          after.empty() ? "put a backup of it in its place, or what `sqlite3 FILE .recover` can save"
                        : "move it aside with its -wal and -shm companions (the gateway does so at its start): " +
                              std::string(after)};
}

// What stands in the way of reading it; nothing if it can be read.
std::optional<Finding> unusable(const DatabaseState& state) {
  if (!state.is_ours) {
    return Finding{
        Severity::error, subject, state.path, "is no database of pointsman",
        std::string(state.holds == store::Holds::keys ? "put a backup in its place; every key is void if you " : "") +
            "name another file as `" + store::setting(state.holds) + "`"};
  }
  if (!state.is_sound) return damaged(state);
  if (!state.trouble.empty()) {
    return Finding{Severity::error, subject, state.path, "cannot be read: " + state.trouble,
                   "run this as the user that runs pointsman, and let that user read and write the file"};
  }
  if (state.schema > state.newest_schema) {
    return Finding{Severity::error, subject, state.path,
                   "has schema " + std::to_string(state.schema) + ", written by a newer pointsman; this one knows " +
                       std::to_string(state.newest_schema),
                   "use the newer pointsman, or the copy beside it that was made when it was migrated"};
  }
  if (!state.defect.empty()) {
    return Finding{Severity::error, subject, state.path, state.defect + ": the gateway does not start with it",
                   std::string(store::KeyDatabase::when_defective)};
  }
  if (has_lost_keys(state)) {
    return Finding{Severity::error, subject, state.path,
                   std::string(state.exists ? "has no key" : "is not there") +
                       ", but this gateway had keys: it does not start like this",
                   std::string(store::when_keys_are_lost)};
  }
  return std::nullopt;
}

std::optional<Finding> about_rights(const DatabaseState& state) {
  if (state.may_write) return std::nullopt;
  // Commands make and change keys; the gateway reads them.
  const bool only_reads = state.holds == store::Holds::keys;
  if (only_reads && !state.exists) return std::nullopt;
  if (!state.in_the_way.empty()) {
    return Finding{Severity::error, subject, state.path,
                   "cannot be made: " + state.in_the_way + " is a file, no directory",
                   "name a file in a directory as `" + store::setting(state.holds) + "`"};
  }
  return Finding{only_reads ? Severity::warning : Severity::error, subject, state.path,
                 state.exists ? "may not be written by the user that asks" : "cannot be made by the user that asks",
                 "run this as the user that runs pointsman, and let that user write the file and its directory; or "
                 "name another file as `" +
                     store::setting(state.holds) + "`"};
}

std::optional<Finding> about_space(const DatabaseState& state) {
  if (!state.free_bytes || *state.free_bytes >= little) return std::nullopt;
  return Finding{*state.free_bytes < too_little ? Severity::error : Severity::warning, subject, state.path,
                 "its disk has only " + mebibytes(*state.free_bytes) + " left",
                 "free some; what cannot be kept is lost"};
}

std::optional<Finding> about_users(const DatabaseState& state, const OwnGateway& gateway) {
  if (state.user == 0) return std::nullopt;
  const std::string who = "process " + std::to_string(state.user) +
                          (state.user_name.empty() ? "" : " (" + state.user_name + ")") + " has it open";
  const bool is_other = gateway.process != 0 && gateway.process != state.user;
  if (gateway.answers && !is_other) return Finding{Severity::ok, subject, state.path, who, ""};
  return Finding{Severity::warning, subject, state.path,
                 who + (gateway.answers ? ", which is not the gateway that runs, process " +
                                              std::to_string(gateway.process) + ": is it another one?"
                                        : ", but no gateway answers at the addresses of this file: is it another "
                                          "gateway's?"),
                 "give each gateway databases of its own: `" + store::setting(state.holds) + "`"};
}

}  // namespace

bool has_lost_keys(const DatabaseState& state) {
  return state.holds == store::Holds::keys && state.were_seen && (!state.exists || state.has_keys == false);
}

Diagnosis judge_database(const DatabaseState& state, const OwnGateway& gateway) {
  Diagnosis diagnosis;
  const auto add = [&](std::optional<Finding> finding) {
    if (finding) diagnosis.push_back(*std::move(finding));
  };
  add(unusable(state));
  add(about_rights(state));
  add(about_space(state));
  if (diagnosis.empty() && state.was_cut_off) {
    diagnosis.push_back(
        {Severity::note, subject, state.path,
         "cannot be looked into: a change of it was cut off halfway, which whoever opens it next undoes",
         state.holds == store::Holds::keys ? "`pointsman keys list` opens it" : "start the gateway"});
  }
  if (diagnosis.empty() && !state.is_whole) {
    diagnosis.push_back({Severity::note, subject, state.path, "is too large to be looked through here",
                         "`sqlite3 " + state.path + " 'PRAGMA quick_check'` does, and takes its time"});
  }
  if (diagnosis.empty() && state.exists && state.schema < state.newest_schema) {
    diagnosis.push_back({Severity::note, subject, state.path,
                         "has schema " + std::to_string(state.schema) + "; the next start brings it to " +
                             std::to_string(state.newest_schema) + ", and keeps a copy beside it",
                         ""});
  }
  const bool is_fine = diagnosis.empty();
  auto user = about_users(state, gateway);
  if (is_fine && (!user || user->severity == Severity::ok)) {
    const std::string more = user ? "; " + user->what : "";
    const bool is_missing_keys = !state.exists && state.holds == store::Holds::keys;
    const std::string what = state.exists      ? "is sound, with schema " + std::to_string(state.schema)
                             : is_missing_keys ? "is not there: no key was made yet"
                                               : "is not there yet, and can be made";
    diagnosis.push_back({Severity::ok, subject, state.path, what + more, ""});
    user.reset();
  }
  add(std::move(user));
  return diagnosis;
}

std::optional<DatabaseState> examine_database(const std::string& path, store::Holds holds, bool makes_directories,
                                              Milliseconds at_most) {
  if (path.empty() || path == ":memory:") return std::nullopt;
  DatabaseState state;
  state.path = path;
  state.holds = holds;
  state.newest_schema = newest_schema(holds);
  state.free_bytes = free_on_disk(path);
  std::error_code ignored;
  const auto size = std::filesystem::file_size(path, ignored);
  state.exists = std::filesystem::exists(path, ignored);
  if (holds == store::Holds::keys) state.defect = store::KeyDatabase(path).defect();
  if (!state.exists) {
    state.may_write = may_be_made(path, makes_directories);
    state.in_the_way = file_in_the_way(path);
    return state;
  }
  state.may_write = ::access(path.c_str(), W_OK) == 0 && may_be_made(path, false);
  if (size == 0) return state;  // somebody is making it, or it is a new one
  state.user = process_that_has_open(path);
  if (state.user != 0) state.user_name = name_of(state.user);
  const bool may_read = ::access(path.c_str(), R_OK) == 0;
  state.is_ours = std::filesystem::is_regular_file(path, ignored) && (!may_read || store::may_be_ours(path));
  if (state.is_ours) look_into(state, at_most);
  return state;
}

}  // namespace pointsman::doctor
