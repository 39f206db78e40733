#include "log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "pointsman/observe/log.hpp"
#include "pointsman/observe/log_file_error.hpp"

namespace pointsman::observe {
namespace {

constexpr std::chrono::seconds between_looks{1};

int open_to_append(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP);
}

}  // namespace

Result<void> try_log_file(const std::string& path) {
  const int descriptor = open_to_append(path);
  if (descriptor < 0) {
    return Error{ErrorCode::storage, Origin::ourselves, false,
                 "The log " + path + " cannot be written: " + std::strerror(errno) +
                     ". Make its directory, for the user that runs pointsman, or name another file."};
  }
  ::close(descriptor);
  return {};
}

int log_file_error(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) return EISDIR;
  if (::access(path.c_str(), W_OK) == 0) return 0;
  if (errno != ENOENT) return errno;
  const auto directory = std::filesystem::path(path).parent_path();
  return ::access(directory.empty() ? "." : directory.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

LogFile::LogFile(std::string path) : path_(std::move(path)), descriptor_(open_to_append(path_)) {
  if (descriptor_ < 0) error_ = errno;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int LogFile::descriptor() {
  const auto now = std::chrono::steady_clock::now();
  const bool is_due = now >= looked_ + between_looks;
  if (is_due) looked_ = now;
  if (!is_asked_.exchange(false) && !(is_due && was_moved())) {
    // It may have been moved back.
    if (is_due) error_ = 0;
    return descriptor_;
  }
  const int opened = open_to_append(path_);
  error_ = opened < 0 ? errno : 0;
  if (opened < 0) return descriptor_;
  if (descriptor_ >= 0) ::close(descriptor_);
  return descriptor_ = opened;
}

bool LogFile::was_moved() const {
  struct stat ours{};
  struct stat there{};
  if (descriptor_ < 0 || ::stat(path_.c_str(), &there) != 0) return true;
  return ::fstat(descriptor_, &ours) != 0 || ours.st_ino != there.st_ino || ours.st_dev != there.st_dev;
}

}  // namespace pointsman::observe
