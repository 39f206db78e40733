#include "support/child_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "support/kept_output.hpp"

namespace pointsman::test {

namespace {

// Where one begins, as in "ERROR: AddressSanitizer: ..." and "file.cpp:7:1: runtime error: ...". No std::regex, whose
// stack does not suffice for a long output.
std::size_t sanitizers_report_in(std::string_view output) {
  for (auto at = output.find("Sanitizer:"); at != output.npos; at = output.find("Sanitizer:", at + 1)) {
    if (at > 0 && std::isalpha(static_cast<unsigned char>(output[at - 1])) != 0) return at;
  }
  return output.find(": runtime error: ");
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (auto& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> lines_of(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> lines;
  for (const std::string name : {"PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name.c_str())) lines.push_back(name + "=" + value);
  }
  for (const auto& [name, value] : environment) lines.push_back(name + "=" + value);
  return lines;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command,
                           const std::map<std::string, std::string>& environment, const std::vector<int>& descriptors)
    : command_(command) {
  auto arguments = command;
  auto lines = lines_of(environment);
  const auto argv = pointers(arguments);
  const auto envp = pointers(lines);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  // Out of the way of the numbers that they are to have.
  std::vector<int> handed;
  for (const int each : descriptors) handed.push_back(::fcntl(each, F_DUPFD_CLOEXEC, 100));
  process_ = ::fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process_ == 0) {
    // Between fork and exec only what is safe in a signal handler.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(pipe[1], STDOUT_FILENO);
    ::dup2(pipe[1], STDERR_FILENO);
    int last = STDERR_FILENO;
    for (const int each : handed) ::dup2(each, ++last);
    // Asio's sockets would live on in the child: a port on which a test stopped to listen would still take connections.
    ::syscall(SYS_close_range, last + 1, ~0u, 0);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(pipe[1]);
  for (const int each : handed) ::close(each);
  reader_ = std::thread([this, from = pipe[0]] { read_output(from); });
}

ChildProcess::~ChildProcess() {
  if (exit_code_ < 0) {
    signal(SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  reader_.join();
  keep_what_was_said();
  report_what_a_sanitizer_found();
}

// Of the gateway's binary, also where a shell becomes it. A command that makes a key says it, once.
void ChildProcess::keep_what_was_said() const {
  const auto program = std::ranges::find_if(
      command_, [](const std::string& word) { return std::filesystem::path(word).filename() == "pointsman"; });
  if (program == command_.end()) return;
  std::string line;
  for (auto word = program; word != command_.end(); ++word) line += *word + " ";
  const bool makes_key =
      line.find(" keys create ") != std::string::npos || line.find(" keys rotate ") != std::string::npos;
  static const std::regex alone("(^|\n)pm_[0-9A-Za-z]{49}\n");
  keep_output(line,
              makes_key ? std::regex_replace(output_, alone, "$1", std::regex_constants::format_first_only) : output_);
}

// The exit code of a program that is killed says nothing of it, and that of many others is not looked at.
void ChildProcess::report_what_a_sanitizer_found() const {
  const auto found = sanitizers_report_in(output_);
  if (found == output_.npos) return;
  const auto line = output_.rfind('\n', found) + 1;
  std::string command;
  for (const auto& word : command_) command += word + " ";
  ADD_FAILURE() << "a sanitizer has found something in: " << command << "\n" << output_.substr(line);
}

std::string ChildProcess::output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

bool ChildProcess::wait_for_output(const std::function<bool(const std::string&)>& predicate,
                                   Milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [&] { return ended_ || predicate(output_); });
  return predicate(output_);
}

bool ChildProcess::says(std::string_view words) const {
  return wait_for_output([&](const std::string& output) { return output.find(words) != std::string::npos; },
                         Milliseconds(20'000));
}

std::size_t ChildProcess::peak_memory() const {
  std::ifstream status("/proc/" + std::to_string(process_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return 1024 * std::stoul(line.substr(6));
  }
  throw std::runtime_error("the process has ended");
}

void ChildProcess::signal(int number) const { ::kill(process_, number); }

int ChildProcess::wait_for_exit(Milliseconds at_most) {
  const auto give_up = std::chrono::steady_clock::now() + at_most;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
  if (handle < 0) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  pollfd poll_for{.fd = handle, .events = POLLIN, .revents = 0};
  const int ready = ::poll(&poll_for, 1, static_cast<int>(at_most.count()));
  ::close(handle);
  if (ready != 1) throw std::runtime_error("the program does not end; its output so far:\n" + output());
  int status = 0;
  ::waitpid(process_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, give_up, [&] { return ended_; })) {
    throw std::runtime_error("the program has ended, but somebody whom it started still holds its output; so far:\n" +
                             output_);
  }
  return exit_code_;
}

void ChildProcess::read_output(int pipe) {
  std::array<char, 16 * 1024> bytes;
  while (true) {
    const auto got = ::read(pipe, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    const std::lock_guard lock(mutex_);
    if (got > 0) output_.append(bytes.data(), static_cast<std::size_t>(got));
    ended_ = got <= 0;
    changed_.notify_all();
    if (ended_) break;
  }
  ::close(pipe);
}

}  // namespace pointsman::test
