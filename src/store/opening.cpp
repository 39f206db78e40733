#include "pointsman/store/opening.hpp"

#include <utility>

#include "pointsman/store/damage.hpp"
#include "pointsman/store/database.hpp"
#include "pointsman/store/migrator.hpp"

namespace pointsman::store {
namespace {

Result<Opened> open_and_migrate(const std::string& path, std::span<const Migration> migrations, WallTime now,
                                Holds holds) {
  auto database = open_database(path, {.holds = holds});
  if (!database) return database.error();
  auto migrated = migrate(*database, migrations, now, holds);
  if (!migrated) return migrated.error();
  Opened opened{std::move(*database), {}};
  opened.opening.backup = std::move(migrated->backup);
  return opened;
}

}  // namespace

Result<Opened> open_kept(const std::string& path, std::span<const Migration> migrations, WallTime now, Holds holds) {
  std::string trouble;
  std::string moved_to;
  bool keeps = true;
  auto opened = open_and_migrate(path, migrations, now, holds);
  if (!opened && opened.error().code == ErrorCode::invalid_input && may_be_ours(path)) {
    trouble = opened.error().message;
    if (auto moved = set_aside(path, now)) {
      moved_to = std::move(*moved);
      opened = open_and_migrate(path, migrations, now, holds);
    } else {
      opened = moved.error();
    }
  }
  if (!opened && opened.error().may_retry) {
    trouble = opened.error().message;
    keeps = false;
    opened = open_and_migrate(":memory:", migrations, now, holds);
  }
  if (!opened) return opened.error();
  opened->opening.set_aside = std::move(moved_to);
  opened->opening.trouble = std::move(trouble);
  opened->opening.keeps = keeps;
  return opened;
}

}  // namespace pointsman::store
