#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"
#include "pointsman/observe/log.hpp"

namespace pointsman::observe {

// One line for each request. Empty strings and a status of 0 (nobody waited for the answer) are left out.
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
  std::optional<Milliseconds> queued = {};  // how long it waited for a place at an endpoint; absent: it did not
  std::uint64_t bytes_in = 0;               // of the request's body
  std::uint64_t bytes_out = 0;              // of the answer's body
  bool stream = false;
  std::string_view failed_at;  // the endpoints of the attempts before the last, with commas
  std::uint32_t attempts = 0;  // left out if it was one
  // What the endpoint said that the request took; below 0: it did not.
  std::int64_t input_tokens = -1;
  std::int64_t output_tokens = -1;
  std::int64_t cached_tokens = -1;
  std::int64_t reasoning_tokens = -1;
  std::string_view fallback;  // the model that stood in for `model`
};

// The access lines of one worker. They go to the log in batches, because waking the log's thread for each request would
// cost more than the line: whoever owns this calls flush() every tick, so that a line is late by a tick at most. Used
// by one thread.
class AccessLog {
 public:
  explicit AccessLog(Log& log) : log_(log) {}
  ~AccessLog() { flush(); }
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void write(const AccessRecord& record);
  void flush();

 private:
  Log& log_;
  std::string lines_;
};

}  // namespace pointsman::observe
