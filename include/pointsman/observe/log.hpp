#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace pointsman::observe {

enum class Level { trace, debug, info, warning, error };
std::string_view name(Level level);  // "trace", "debug", "info", "warning", "error"

struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// One line for each request.
struct AccessRecord {
  std::string_view request_id;
  std::string_view method;
  std::string_view route;  // our own template of the path, never the client's path
  int status = 0;
  std::string_view key;  // the key's name
  std::string_view model;
  std::string_view endpoint;
  std::string_view endpoint_request_id;  // the one that the client saw, where the endpoint sent one
  std::string_view cause;                // why it failed, in a word; empty: it did not
  std::int64_t duration_us = 0;
  std::uint64_t bytes_in = 0;   // of the request's body
  std::uint64_t bytes_out = 0;  // of the answer's body
  bool stream = false;
};

// Structured lines to standard output, as JSON or as text. Asynchronous: a writer thread of spdlog's does the I/O, and
// a full queue drops the oldest lines rather than wait. Safe from every thread. Values are escaped, so that no client
// can forge a line, and cut when they are long; never give it a body, a header's value or a Secret.
class Log {
 public:
  struct Options {
    Level level = Level::info;  // of write(); access lines have their own switch
    bool json = true;
    bool access = true;
    int descriptor = 1;  // stays the caller's; text is coloured if it is a terminal
  };

  explicit Log(Options options);
  // Writes what is queued; after a second only what the reader takes at once.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // The message is our own wording; what others sent belongs into fields. As text, a message may have several lines.
  void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
  // Empty strings and a status of 0 (nobody waited for the answer) are left out.
  void access(const AccessRecord& record);

  // The lines that a full queue has cost so far.
  std::uint64_t dropped() const;

 private:
  class Backend;
  Options options_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace pointsman::observe
