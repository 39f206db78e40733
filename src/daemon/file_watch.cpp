#include "pointsman/daemon/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>

namespace pointsman::daemon {
namespace {

constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;

}  // namespace

FileWatch::FileWatch(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  descriptor_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  look();
}

FileWatch::~FileWatch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// A directory that is watched already is not watched twice.
void FileWatch::watch_directories() const {
  std::error_code gone;
  const std::filesystem::path named = std::filesystem::absolute(path_, gone);
  const std::filesystem::path target = std::filesystem::canonical(path_, gone);
  for (const auto& path : {named, target}) {
    if (!path.empty()) ::inotify_add_watch(descriptor_, path.parent_path().c_str(), events | IN_ONLYDIR);
  }
}

FileWatch::Identity FileWatch::identity() const {
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) return {};
  const auto modified = std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return {status.st_dev, status.st_ino, status.st_size, std::chrono::nanoseconds(modified).count()};
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
  return seen_ != before;
}

void FileWatch::look() {
  if (descriptor_ < 0) return;
  unrest_since_.reset();
  due_.reset();
  watch_directories();
  seen_ = identity();
}

}  // namespace pointsman::daemon
