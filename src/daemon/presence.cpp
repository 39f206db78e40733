#include "pointsman/daemon/presence.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace pointsman::daemon {
namespace {

constexpr Milliseconds between_looks{1'000};

// The process and a fingerprint, both as wide as they may be, so that one write in place of another leaves nothing.
constexpr std::size_t process_width = 10;
constexpr std::size_t line_width = process_width + 1 + 64 + 1;

std::string lock_path(const std::string& store_path) {
  return store_path.empty() || store_path == ":memory:" ? "" : store_path + ".lock";
}

// Of the open file, not of the process: nothing else in it lets go of the lock by closing the file.
struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(width, ' ');
  return text;
}

std::string_view without_padding(std::string_view text) {
  return text.substr(0, std::min(text.find(' '), text.size()));
}

// Below 0: errno says why, or is 0 where it is no file. Not what a link leads to, and nothing at which one would wait,
// as at a pipe.
int open_file(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return -1;
  struct stat status{};
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) return descriptor;
  ::close(descriptor);
  errno = 0;
  return -1;
}

std::string problem_with(const std::string& path, int error) {
  if (error == 0) return path + " is no file";
  return path + (error == ELOOP ? " is a symbolic link" : ": " + std::string(std::strerror(error)));
}

// What its gateway wrote; what it has not written yet is empty.
RunningGateway read(int descriptor) {
  std::array<char, line_width> line{};
  const auto size = ::pread(descriptor, line.data(), line.size(), 0);
  RunningGateway gateway;
  if (size != static_cast<ssize_t>(line.size())) return gateway;
  const std::string_view text(line.data(), line.size() - 1);
  const auto process = without_padding(text.substr(0, process_width));
  std::from_chars(process.data(), process.data() + process.size(), gateway.process);
  gateway.keys = without_padding(text.substr(process_width + 1));
  return gateway;
}

}  // namespace

std::optional<RunningGateway> gateway_at(const std::string& store_path) {
  const auto path = lock_path(store_path);
  if (path.empty()) return std::nullopt;
  const int descriptor = open_file(path, O_RDONLY);
  if (descriptor < 0) return std::nullopt;
  std::optional<RunningGateway> gateway;
  auto lock = whole_file();
  if (::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) gateway = read(descriptor);
  ::close(descriptor);
  return gateway;
}

Presence::Presence(const std::string& store_path) : path_(lock_path(store_path)) {
  if (!path_.empty()) open();
}

Presence::~Presence() { leave(); }

void Presence::open() {
  close();
  other_.reset();
  problem_.clear();
  descriptor_ = open_file(path_, O_RDWR | O_CREAT);
  if (descriptor_ < 0) {
    problem_ = problem_with(path_, errno);
  } else if (!take()) {
    other_ = read(descriptor_);
  }
}

bool Presence::take() {
  auto lock = whole_file();
  is_ours_ = ::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0;
  if (is_ours_) write();
  return is_ours_;
}

bool Presence::look(MonotonicTime now) {
  if (path_.empty() || now < next_look_) return false;
  next_look_ = now + between_looks;
  const bool was_ours = is_ours_;
  const bool was_hidden = descriptor_ < 0;
  const auto before = other_ ? other_->process : 0;
  if (was_hidden) {
    open();
  } else if (is_ours_ || take()) {
    other_.reset();
    if (place() != Place::ours) open();
  } else if (place() == Place::another) {
    open();  // one that is gone is for whoever has it to make again
  } else {
    other_ = read(descriptor_);
  }
  const auto after = other_ ? other_->process : 0;
  return is_ours_ != was_ours || (descriptor_ < 0) != was_hidden || after != before;
}

// Others look for us where the file was, which somebody may have deleted or replaced.
Presence::Place Presence::place() const {
  struct stat ours{};
  struct stat there{};
  if (::fstat(descriptor_, &ours) != 0) return Place::ours;
  if (::lstat(path_.c_str(), &there) != 0) return errno == ENOENT ? Place::empty : Place::ours;
  return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino ? Place::ours : Place::another;
}

std::optional<MonotonicTime> Presence::due() const { return path_.empty() ? std::nullopt : std::optional(next_look_); }

void Presence::tell_keys(std::string fingerprint) {
  keys_ = std::move(fingerprint);
  if (is_ours_) write();
}

void Presence::leave() {
  close();
  path_.clear();
}

void Presence::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  is_ours_ = false;
}

// A disk that is full keeps others from being told, and us from nothing.
void Presence::write() const {
  const auto line =
      padded(std::to_string(::getpid()), process_width) + " " + padded(keys_, line_width - process_width - 2) + "\n";
  [[maybe_unused]] const auto written = ::pwrite(descriptor_, line.data(), line.size(), 0);
}

}  // namespace pointsman::daemon
