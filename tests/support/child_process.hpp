#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pointsman/base/clock.hpp"

namespace pointsman::test {

// A program that runs while this object lives; its output, standard and error together, is kept. Of our environment it
// gets PATH and the sanitizers' options only. The destructor kills it if it still runs, and so does the end of the
// thread that started it. The test fails if a sanitizer has reported something there, however the program ended.
class ChildProcess {
 public:
  // `descriptors` become its descriptors 3, 4 ...; it gets no others of ours.
  ChildProcess(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
               const std::vector<int>& descriptors = {});
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  std::string output() const;
  // Waits until the output so far satisfies the predicate; false if it never did, or the output ended before.
  bool wait_for_output(const std::function<bool(const std::string&)>& predicate, Milliseconds at_most) const;
  // Waits until it has said these words.
  bool says(std::string_view words) const;

  pid_t id() const { return process_; }
  bool has_ended() const { return exit_code_ >= 0; }  // as far as somebody has waited for that
  void signal(int number) const;
  // The most that it ever had in memory, in bytes.
  std::size_t peak_memory() const;
  // Waits for the end, also of the output, and returns the exit code, or 128 and the signal that ended it. Throws when
  // it takes too long.
  int wait_for_exit(Milliseconds at_most);

 private:
  void read_output(int pipe);
  void keep_what_was_said() const;
  void report_what_a_sanitizer_found() const;

  std::vector<std::string> command_;
  pid_t process_ = -1;
  int exit_code_ = -1;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string output_;
  bool ended_ = false;  // the output has
  std::thread reader_;
};

}  // namespace pointsman::test
