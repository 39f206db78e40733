#include "pointsman/store/damage.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "pointsman/store/database.hpp"

namespace pointsman::store {
namespace {

// The header of a database file: https://www.sqlite.org/fileformat.html
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t application_id_at = 68;
constexpr std::string_view our_application_id = "ptsm";
constexpr std::uintmax_t page_size = 4096;  // of every file that we make

std::string stamp(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

}  // namespace

bool may_be_ours(const std::string& path) {
  // Whoever opens a pipe to read it waits for somebody who writes.
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return false;
  std::array<char, application_id_at + our_application_id.size()> bytes{};
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), bytes.size());
  const std::string_view header(bytes.data(), static_cast<std::size_t>(file.gcount()));
  if (header.starts_with(magic)) {
    return header.size() < bytes.size() || header.substr(application_id_at) == our_application_id;
  }
  // Texts and pictures seldom are a whole number of pages.
  const auto size = std::filesystem::file_size(path, unknown);
  return !unknown && size > 0 && size % page_size == 0;
}

Result<std::string> set_aside(const std::string& path, WallTime now) {
  const std::string place = path + ".corrupt-" + stamp(now);
  // The database comes last: while it is there, what belongs to it is not taken for another one's.
  for (const std::string companion : {"-wal", "-shm", ""}) {
    const std::string from = path + companion;
    const std::string to = place + companion;
    if (std::rename(from.c_str(), to.c_str()) == 0 || (errno == ENOENT && !companion.empty())) continue;
    const std::string reason = std::strerror(errno);
    return Error{ErrorCode::storage, Origin::ourselves, true,
                 "The database " + path + " is damaged and cannot be moved to " + place + ": " + reason +
                     ". Move it yourself, with its -wal and -shm companions, and start again."};
  }
  return place;
}

}  // namespace pointsman::store
