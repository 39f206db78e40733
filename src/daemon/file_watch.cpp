#include "pointsman/daemon/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

namespace pointsman::daemon {
namespace {

constexpr std::uint32_t events =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

FileWatch::FileWatch(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  descriptor_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  seen_.emplace(path_, Identity());
  look();
}

FileWatch::~FileWatch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// A directory that is watched already is not watched twice.
bool FileWatch::watch(const std::filesystem::path& directory) const {
  return ::inotify_add_watch(descriptor_, directory.c_str(), events | IN_ONLYDIR) >= 0;
}

// Every link on the way may be made to lead elsewhere. Of what is missing, the nearest directory that there is.
void FileWatch::watch_way(const std::filesystem::path& path, int most_links) const {
  std::error_code gone;
  std::filesystem::path way;
  for (auto part = path.begin(); part != path.end(); ++part) {
    way /= *part;
    if (!std::filesystem::is_symlink(way, gone)) continue;
    watch(way.parent_path());
    auto target = way.parent_path() / std::filesystem::read_symlink(way, gone);
    for (auto rest = std::next(part); rest != path.end(); ++rest) target /= *rest;
    if (most_links > 0) watch_way(target, most_links - 1);
    return;
  }
  for (auto directory = path.parent_path(); !watch(directory) && directory.has_relative_path();) {
    directory = directory.parent_path();
  }
}

FileWatch::Identity FileWatch::look_at(const std::string& path) const {
  constexpr int most_links = 16;
  std::error_code gone;
  watch_way(std::filesystem::absolute(path, gone), most_links);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  const auto modified = std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return {status.st_dev, status.st_ino, status.st_size, status.st_mode, std::chrono::nanoseconds(modified).count()};
}

bool FileWatch::also(const std::vector<std::string>& files) {
  if (descriptor_ < 0) return false;
  auto before = std::exchange(seen_, {});
  seen_.insert(before.extract(path_));
  bool is_news = false;
  for (const auto& file : files) {
    if (seen_.contains(file)) continue;
    const auto known = before.find(file);
    is_news = is_news || known == before.end();
    seen_.emplace(file, known == before.end() ? look_at(file) : known->second);
  }
  return is_news;
}

void FileWatch::take_news(MonotonicTime now) {
  alignas(inotify_event) std::array<char, 4096> ignored;
  while (::read(descriptor_, ignored.data(), ignored.size()) > 0) {
  }
  if (!unrest_since_) unrest_since_ = now;
  due_ = std::min(now + calm, *unrest_since_ + longest_unrest);
}

bool FileWatch::has_changed(MonotonicTime now) {
  if (!due_ || now < *due_) return false;
  const auto before = seen_;
  look();
  was_the_file_ = seen_[path_] != before.at(path_);
  return seen_ != before;
}

void FileWatch::look() {
  if (descriptor_ < 0) return;
  unrest_since_.reset();
  due_.reset();
  for (auto& [path, seen] : seen_) seen = look_at(path);
}

}  // namespace pointsman::daemon
