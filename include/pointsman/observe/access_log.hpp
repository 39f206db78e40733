#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"
#include "pointsman/observe/ending.hpp"
#include "pointsman/observe/log.hpp"

namespace pointsman::observe {

// What a request has to do with a response that its endpoint makes in the background: its usage comes late.
enum class Background : std::uint8_t { none, begun, fetched };

// What is known of a request when it has ended: a line of the access log, an entry of the ledger. Nothing that it or
// its answer says. Empty strings and a status of 0 (nobody waited for the answer) are left out. Its views hold for as
// long as the call that is given it.
struct AccessRecord {
  WallTime time;  // when it ended
  std::string_view request_id;
  std::string_view method;
  std::string_view route;  // our own template of the path, never the client's path
  int status = 0;
  std::string_view api;           // as the table of APIs calls it; empty: the route has none
  std::string_view key;           // the key's name
  std::string_view model;         // what the client asked for, in its words; bounded by its request only
  std::string_view served_model;  // what the endpoint that answered, or was tried last, calls the one that it has
  std::string_view endpoint;
  std::string_view endpoint_request_id;  // the one that the client saw, where the endpoint sent one
  std::string_view cause;                // why it failed, in a word; empty: it did not
  Ended ended = Ended::complete;
  std::optional<Origin> origin = {};               // who caused the error; absent: it is none
  std::int64_t duration_us = 0;                    // from its head to the end of its answer
  std::optional<std::int64_t> first_byte_us = {};  // until the answer to the client began; absent: it never did
  std::optional<Milliseconds> queued = {};         // how long it waited for a place at an endpoint; absent: it did not
  std::uint64_t bytes_in = 0;                      // of the request's body
  std::uint64_t bytes_out = 0;                     // of the answer's body
  bool stream = false;
  bool is_known_model = false;  // where no endpoint was asked: there is one of that name all the same
  std::string_view failed_at;   // the endpoints of the attempts before the last, with commas
  std::uint32_t attempts = 0;   // left out if it was one
  // What the endpoint said that the request took; below 0: it did not.
  std::int64_t input_tokens = -1;
  std::int64_t output_tokens = -1;
  std::int64_t cached_tokens = -1;
  std::int64_t reasoning_tokens = -1;
  std::string_view fallback = {};  // the model that stood in for `model`
  Background background = Background::none;
  std::string_view background_id = {};  // of the response, if there is one; for the ledger only
  std::string_view trace_id = {};       // not for the ledger
};

// Whether a request that is no error has a line where only a share of them does: the same wherever it is asked.
bool is_sampled(std::string_view request_id, double share);

// The access lines of one worker. Where only a share of the requests has one (Log::Options::access_sample), those that
// are errors have one nevertheless, and the others say in `sample` for how many they stand. They go to the log in
// batches, because waking the log's thread for each request would cost more than the line: whoever owns this calls
// flush() every tick, so that a line is late by a tick at most. Used by one thread.
class AccessLog {
 public:
  explicit AccessLog(Log& log);
  ~AccessLog() { flush(); }
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void write(const AccessRecord& record);
  void flush();

 private:
  void append_json(const AccessRecord& record, std::string_view sample);
  void append_beginning(WallTime time);

  Log& log_;
  std::string beginning_;  // of the lines of a second
  std::chrono::sys_seconds second_{};
  std::string sample_;  // the share as it is written; empty: all have a line
  std::string lines_;
};

}  // namespace pointsman::observe
