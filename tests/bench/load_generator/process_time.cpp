#include "process_time.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace pointsman::bench {

std::int64_t process_time(int process) {
  const std::filesystem::path threads = "/proc/" + std::to_string(process) + "/task";
  std::int64_t sum = 0;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator(threads, gone)) {
    // schedstat counts nanoseconds; the usual utime and stime count hundredths of a second.
    std::ifstream file(thread.path() / "schedstat");
    std::int64_t time = 0;
    if (file >> time) sum += time;
  }
  return sum;
}

std::int64_t own_time() { return process_time(::getpid()); }

}  // namespace pointsman::bench
