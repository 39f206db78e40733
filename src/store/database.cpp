#include "pointsman/store/database.hpp"

#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace pointsman::store {
namespace {

// "ptsm" in the header of the file says whose it is.
constexpr int our_application_id = 0x7074736d;

constexpr std::string_view in_memory = ":memory:";

std::string what_to_do(int code) {
  switch (code) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "Move the file and its -wal and -shm companions aside and start again: everything in it is learned anew.";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "Another process holds it: stop that one, or name another file as store.path.";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return "Let the user that runs pointsman write the file and its directory, or name another file as store.path.";
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

Result<void> make_directory(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path();
  if (directory.empty() || ::mkdir(directory.c_str(), S_IRWXU) == 0 || errno == EEXIST) return {};
  const int number = errno;
  return creation_error(number, "Cannot make the directory of the database " + path + ": " + std::strerror(number) +
                                    ". Make it, for the user that runs pointsman, or name another file as store.path.");
}

// SQLite itself would let everybody read a new file. An existing one is not touched: closing it here would drop the
// locks that this process holds on it.
Result<void> make_file(const std::string& path) {
  if (std::error_code ignored; std::filesystem::is_directory(path, ignored)) {
    return storage_error("The path of the database, " + path + ", is a directory. Name a file in it as store.path.");
  }
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) {
    ::close(file);
  } else if (errno != EEXIST) {
    const int number = errno;
    return creation_error(number, "Cannot make the database " + path + ": " + std::strerror(number) + ". " +
                                      what_to_do(number == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN));
  }
  return {};
}

// Takes possession of an empty file; true if it is ours.
bool claim(SQLite::Database& database) {
  const int owner = database.execAndGet("PRAGMA application_id").getInt();
  if (owner == our_application_id) return true;
  if (database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() != 0) return false;
  database.exec("PRAGMA application_id = " + std::to_string(our_application_id));
  return true;
}

}  // namespace

Result<SQLite::Database> open_database(const std::string& path, Milliseconds patience) {
  if (path != in_memory) {
    if (const auto made = make_directory(path); !made) return made.error();
    if (const auto made = make_file(path); !made) return made.error();
  }
  try {
    SQLite::Database database(path, SQLite::OPEN_READWRITE, static_cast<int>(patience.count()));
    if (const std::string found = database.execAndGet("PRAGMA quick_check(1)").getString(); found != "ok") {
      return Error{ErrorCode::invalid_input, Origin::ourselves, false,
                   "The database " + path + " is damaged (" + found + "). " + what_to_do(SQLITE_CORRUPT)};
    }
    if (!claim(database)) {
      return storage_error("The database " + path + " belongs to another program. Name another file as store.path.");
    }
    // A power cut may cost the last few seconds, but never the database: all of it can be learned anew.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    return database;
  } catch (const SQLite::Exception& exception) {
    return storage_error(exception, "open", path);
  }
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

Error storage_error(const SQLite::Exception& exception, std::string_view doing, const std::string& path) {
  const int code = exception.getErrorCode() & 0xff;
  std::string message = "Cannot ";
  message.append(doing).append(" the database ").append(path).append(": ").append(exception.what()).append(". ");
  message += what_to_do(code);
  const bool is_damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
  return {is_damaged ? ErrorCode::invalid_input : ErrorCode::storage, Origin::ourselves,
          is_fault_of_the_machine(exception), std::move(message)};
}

Error storage_error(std::string message) { return {ErrorCode::storage, Origin::ourselves, false, std::move(message)}; }

}  // namespace pointsman::store
