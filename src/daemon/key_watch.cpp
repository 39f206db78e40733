#include "pointsman/daemon/key_watch.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "pointsman/store/database.hpp"
#include "pointsman/store/key_database.hpp"

namespace pointsman::daemon {
namespace {

// A directory can be watched only if it is there.
std::string with_its_directory(std::string path) {
  if (!path.empty()) ::mkdir(std::filesystem::path(path).parent_path().c_str(), S_IRWXU);
  return path;
}

std::int64_t nanoseconds(const timespec& time) {
  return std::chrono::nanoseconds(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)).count();
}

}  // namespace

KeyWatch::KeyWatch(std::string path) : path_(std::move(path)), file_(with_its_directory(path_)) {}

Result<void> KeyWatch::open() {
  if (path_.empty()) return {};
  seen_ = identity();
  auto keys = read(store::KeyDatabase::usual_patience);
  if (!keys) return keys.error();
  keys_ = std::move(*keys);
  return {};
}

std::optional<MonotonicTime> KeyWatch::due() const {
  if (path_.empty()) return std::nullopt;
  return file_.due() ? std::min(next_look_, *file_.due()) : next_look_;
}

// Reading opens and closes the file, which is news as well: only another file is a change. Of two changes within one
// tick of the file system's clock the second may look like the first, so each has a second look.
bool KeyWatch::look(MonotonicTime now) {
  if (path_.empty()) return false;
  const bool is_news = file_.has_changed(now);
  if (!is_news && now < next_look_) return false;
  next_look_ = now + between_looks;
  const auto before = std::exchange(seen_, identity());
  const bool has_changed = is_news || seen_ != before;
  if (!has_changed && !reads_again_) return false;
  auto keys = read(patience);
  reads_again_ = has_changed || !keys;
  if (!keys) {
    const bool may_pass = keys.error().may_retry && !has_failed_;
    has_failed_ = true;
    if (may_pass) return false;
    const bool is_new = problem_ != keys.error().message;
    problem_ = keys.error().message;
    return is_new;
  }
  const bool is_other = !problem_.empty() || keys_ != *keys;
  keys_ = std::move(*keys);
  has_failed_ = false;
  problem_.clear();
  return is_other;
}

KeyWatch::Identity KeyWatch::identity() const {
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

Result<std::vector<store::KeptKey>> KeyWatch::read(Milliseconds for_a_lock) const {
  auto keys = store::KeyDatabase(path_).read(for_a_lock);
  // Revoked keys stay in it, so it never becomes empty by itself.
  if (keys && keys->empty() && !keys_.empty()) {
    return store::storage_error("The database of keys " + path_ + " is gone, or empty. Put it back.");
  }
  return keys;
}

}  // namespace pointsman::daemon
