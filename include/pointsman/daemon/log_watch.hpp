#pragma once

#include <string>

#include "pointsman/observe/log.hpp"

namespace pointsman::daemon {

// Says in the log when lines of a log do not come where they belong, and when they do again: once each, in the log that
// is not the one in trouble, if there is one. Used by one thread.
class LogWatch {
 public:
  // They may be one.
  LogWatch(observe::Log& log, observe::Log& access_log) : log_(log), access_log_(access_log) {}

  void look();

 private:
  void look(const observe::Log& watched, const char* what, observe::Log& teller, std::string& told);

  observe::Log& log_;
  observe::Log& access_log_;
  std::string told_;
  std::string told_of_access_;
};

}  // namespace pointsman::daemon
