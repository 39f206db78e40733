#include "pointsman/config/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace pointsman::config {
namespace {

Error failed(int reason) {
  const auto code = reason == ENOENT || reason == ENOTDIR ? ErrorCode::not_found : ErrorCode::storage;
  return {code, Origin::ourselves, false, std::generic_category().message(reason)};
}

// Closes what it was given.
struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  const int number;
};

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) return failed(errno);
  std::string content;
  std::array<char, 16'384> piece{};
  while (true) {
    const auto count = read(file.number, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(errno);
    if (count == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(count));
    if (content.size() > limit) {
      return Error{ErrorCode::too_large, Origin::ourselves, false,
                   "it is larger than " + std::to_string(limit) + " bytes"};
    }
  }
}

std::string path_below(const std::string& directory, const std::string& path) {
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

}  // namespace pointsman::config
