#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "pointsman/base/error.hpp"

namespace pointsman::observe {

enum class Level { trace, debug, info, warning, error };
std::string_view name(Level level);        // "trace", "debug", "info", "warning", "error"
Level level_named(std::string_view name);  // info if it is none of these

struct Field {
  std::string_view key;  // a word of our own: it is not escaped
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// Whether lines can be appended to a file, which is made if it is not there; an Error says why not.
Result<void> try_log_file(const std::string& path);

// Structured lines to standard output or a file, as JSON or as text. Asynchronous: a writer thread of spdlog's does the
// I/O, and a full queue drops the oldest lines rather than wait. Safe from every thread. Values are escaped, so that no
// client can forge a line, and cut when they are long; never give it a body, a header's value or a Secret.
class Log {
 public:
  struct Options {
    Level level = Level::info;  // of write(), at first; access lines have their own switch
    bool json = true;
    bool access = true;
    int descriptor = 1;        // stays the caller's; text is coloured if it is a terminal
    std::string file = {};     // in place of the descriptor; opened anew when it is moved away
    double access_sample = 1;  // of the requests that are no error, how many have an access line
  };

  explicit Log(Options options);
  // Writes what is queued; after a second only what the reader takes at once.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // The message is our own wording; what others sent belongs into fields. As text, a message may have several lines.
  void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
  // Lines that have their form already, without the last one's newline: one place in the queue for all of them.
  void write_lines(std::string_view lines);
  // Opens the file anew with the next line. From any thread.
  void reopen();
  // Of write(), from now on. From any thread.
  void set_level(Level level) { level_ = level; }
  const Options& options() const { return options_; }
  bool coloured() const;

  // What keeps lines from where they belong, as it was with the last of them; empty: nothing does. From any thread.
  std::string trouble() const;

  // What a full queue has cost so far: lines, and batches of write_lines().
  std::uint64_t dropped() const;

 private:
  class Backend;
  Options options_;
  std::atomic<Level> level_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace pointsman::observe
