#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pointsman::observe {

// What a log writes to, so that a test can be its reader, or none.
class Pipe {
 public:
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    read_end_ = ends[0];
    write_end_ = ends[1];
  }
  ~Pipe() {
    close_read_end();
    ::close(write_end_);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int write_end() const { return write_end_; }
  void close_read_end() {
    if (read_end_ >= 0) ::close(std::exchange(read_end_, -1));
  }

  // Reads until the text ends with `end`, or with the deadline; empty `end`: what is there now.
  std::string read_until(std::string_view end) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while ((end.empty() || !text_.ends_with(end)) && std::chrono::steady_clock::now() < deadline) {
      pollfd waited{read_end_, POLLIN, 0};
      if (::poll(&waited, 1, end.empty() ? 0 : 100) <= 0) {
        if (end.empty()) break;
        continue;
      }
      char chunk[65536];
      const ssize_t size = ::read(read_end_, chunk, sizeof chunk);
      if (size <= 0) break;
      text_.append(chunk, static_cast<std::size_t>(size));
    }
    return std::exchange(text_, {});
  }

 private:
  int read_end_ = -1;
  int write_end_ = -1;
  std::string text_;
};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) {
      ADD_FAILURE() << "a line without its end: " << text.substr(begin);
      break;
    }
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace pointsman::observe
