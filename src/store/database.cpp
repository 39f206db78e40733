#include "pointsman/store/database.hpp"

#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "pointsman/base/percent_encoding.hpp"

namespace pointsman::store {
namespace {

// "ptsm" in the header of the file says whose it is.
constexpr int our_application_id = 0x7074736d;

constexpr std::string_view in_memory = ":memory:";

constexpr std::uintmax_t most_checked = std::uintmax_t{64} << 20;  // bytes

std::string what_to_do(int code, Holds holds) {
  const std::string name_another = ", or name another file as " + setting(holds) + ".";
  switch (code) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      if (holds == Holds::keys) {
        return "It holds the keys of clients, so it is neither moved aside nor gone without: put a backup of it in its "
               "place, or what `sqlite3 FILE .recover` can save.";
      }
      return "Move the file and its -wal and -shm companions aside and start again: " +
             std::string(if_moved_aside(holds)) + ".";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "Another process holds it: stop that one" + name_another;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH: return "Let the user that runs pointsman write the file and its directory" + name_another;
    case SQLITE_FULL: return "Free some space on its disk.";
    case SQLITE_IOERR: return "Look for faults of its disk in the system's log.";
    default: return "If it happens again, report it with this message.";
  }
}

// What a full, broken or remounted disk says, and a machine with too many open files; anything else is a path that
// was never good.
Error creation_error(int number, std::string message) {
  const bool may_pass = number == ENOSPC || number == EDQUOT || number == EROFS || number == EIO || number == EMFILE ||
                        number == ENFILE || number == ENOMEM;
  return {ErrorCode::storage, Origin::ourselves, may_pass, std::move(message)};
}

Result<void> make_directory(const std::string& path, Holds holds) {
  const std::string directory = std::filesystem::path(path).parent_path();
  if (directory.empty() || ::mkdir(directory.c_str(), S_IRWXU) == 0 || errno == EEXIST) return {};
  const int number = errno;
  return creation_error(number, "Cannot make the directory of the database " + path + ": " + std::strerror(number) +
                                    ". Make it, for the user that runs pointsman, or name another file as " +
                                    setting(holds) + ".");
}

// Root works in the directory of the user that runs the gateway, who has to be able to use what root makes there.
// SQLite does the same with the files that it puts beside it.
void give_to_owner_of_directory(int file, const std::string& path) {
  struct stat directory{};
  const auto parent = std::filesystem::path(path).parent_path();
  if (::geteuid() != 0 || ::stat(parent.empty() ? "." : parent.c_str(), &directory) != 0) return;
  if (::fchown(file, directory.st_uid, directory.st_gid) != 0) return;  // whoever cannot open it will say so
}

// SQLite itself would let everybody read a new file. An existing one is not touched: closing it here would drop the
// locks that this process holds on it.
Result<void> make_file(const std::string& path, Holds holds) {
  if (std::error_code ignored; std::filesystem::is_directory(path, ignored)) {
    return storage_error("The path of the database, " + path + ", is a directory. Name a file in it as " +
                         setting(holds) + ".");
  }
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) {
    give_to_owner_of_directory(file, path);
    ::close(file);
  } else if (errno != EEXIST) {
    const int number = errno;
    return creation_error(number, "Cannot make the database " + path + ": " + std::strerror(number) + ". " +
                                      what_to_do(number == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN, holds));
  }
  return {};
}

// Takes possession of an empty file; true if it is ours. Another process may do the same at the same time: it writes
// whose it is before anything else.
bool claim(SQLite::Database& database) {
  const bool is_empty = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
  const int owner = database.execAndGet("PRAGMA application_id").getInt();
  if (owner == our_application_id) return true;
  if (!is_empty) return false;
  database.exec("PRAGMA application_id = " + std::to_string(our_application_id));
  return true;
}

// Reads all of it, so a large one is opened as it is: what is wrong in it is found when it is used.
std::string check(SQLite::Database& database, const std::string& path) {
  std::error_code not_a_file;
  const auto size = std::filesystem::file_size(path, not_a_file);
  if (!not_a_file && size > most_checked) return "ok";
  return database.execAndGet("PRAGMA quick_check(1)").getString();
}

const char* ways(Holds holds) {
  // A power cut may cost the last few seconds, but never the database.
  if (holds != Holds::keys) return "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON";
  // Each change is on the disk before anybody is told of it, and is one of the file itself, so that it can be watched;
  // nothing stays beside it.
  return "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON";
}

bool has_content(const std::string& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  return !none && size > 0;
}

// One with a log is opened without its companions, which would have to be made, where all of it is in the file itself.
// That of the keys needs none, and somebody may change it at any time.
std::string as_it_is(const std::string& path, Holds holds) {
  const bool is_at_rest = holds != Holds::keys && !has_content(path + "-wal") && !has_content(path + "-journal");
  std::string encoded;
  for (const char c : path) encoded += c == '/' ? "/" : percent_encoded(std::string(1, c));
  return "file:" + encoded + (is_at_rest ? "?immutable=1" : "?mode=ro");
}

}  // namespace

std::string setting(Holds holds) {
  switch (holds) {
    case Holds::learned: return "store.path";
    case Holds::requests: return "ledger.path";
    case Holds::keys: return "store.keys";
  }
  return "";
}

Result<SQLite::Database> open_database(const std::string& path, const HowToOpen& how) {
  if (path != in_memory && how.makes) {
    if (const auto made = make_directory(path, how.holds); !made) return made.error();
    if (const auto made = make_file(path, how.holds); !made) return made.error();
  }
  try {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
                              static_cast<int>(how.patience.count()));
    if (const std::string found = check(database, path); found != "ok") {
      return Error{ErrorCode::invalid_input, Origin::ourselves, false,
                   "The database " + path + " is damaged (" + found + "). " + what_to_do(SQLITE_CORRUPT, how.holds)};
    }
    if (!claim(database)) {
      return storage_error("The database " + path + " belongs to another program. Name another file as " +
                           setting(how.holds) + ".");
    }
    database.exec(ways(how.holds));
    return database;
  } catch (const SQLite::Exception& exception) {
    return storage_error(exception, "open", path, how.holds);
  }
}

SQLite::Database open_to_look(const std::string& path, Holds holds, Milliseconds patience) {
  return {as_it_is(path, holds), SQLite::OPEN_READONLY | SQLite::OPEN_URI, static_cast<int>(patience.count())};
}

bool was_cut_off(const SQLite::Exception& exception) {
  return exception.getExtendedErrorCode() == SQLITE_READONLY_ROLLBACK;
}

bool is_fault_of_the_machine(const SQLite::Exception& exception) {
  switch (exception.getErrorCode() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM: return true;
    default: return false;
  }
}

Error storage_error(const SQLite::Exception& exception, std::string_view doing, const std::string& path, Holds holds) {
  const int code = exception.getErrorCode() & 0xff;
  std::string message = "Cannot ";
  message.append(doing).append(" the database ").append(path).append(": ").append(exception.what()).append(". ");
  message += what_to_do(code, holds);
  const bool is_damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
  return {is_damaged ? ErrorCode::invalid_input : ErrorCode::storage, Origin::ourselves,
          is_fault_of_the_machine(exception), std::move(message)};
}

std::string_view if_moved_aside(Holds holds) {
  switch (holds) {
    case Holds::learned: return "everything in it is learned anew";
    case Holds::requests: return "a new ledger begins";
    case Holds::keys: return "";
  }
  return "";
}

Error storage_error(std::string message) { return {ErrorCode::storage, Origin::ourselves, false, std::move(message)}; }

}  // namespace pointsman::store
