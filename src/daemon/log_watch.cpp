#include "pointsman/daemon/log_watch.hpp"

#include <string_view>

namespace pointsman::daemon {

void LogWatch::look() {
  look(log_, "the log", access_log_, told_);
  if (&access_log_ != &log_) look(access_log_, "the access log", log_, told_of_access_);
}

void LogWatch::look(const observe::Log& watched, const char* what, observe::Log& teller, std::string& told) {
  const auto trouble = watched.trouble();
  // From one trouble to another, as from a directory that is gone to one that may not be written, is no news.
  if (trouble.empty() == told.empty()) return;
  const auto& path = watched.options().file;
  const auto file = path.empty() ? std::string_view("standard output") : std::string_view(path);
  if (trouble.empty()) {
    teller.write(observe::Level::warning, std::string(what) + " can be written again", {{"file", file}});
  } else {
    teller.write(observe::Level::error, std::string(what) + " cannot be written as it should; it is tried again",
                 {{"file", file}, {"cause", trouble}});
  }
  told = trouble;
}

}  // namespace pointsman::daemon
