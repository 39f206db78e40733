#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/seldom.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/http/error_answer.hpp"
#include "pointsman/payload/request_fields.hpp"
#include "pointsman/payload/splice.hpp"
#include "pointsman/registry/api.hpp"

namespace pointsman::api {

// A request that was read, or why not. Stays where it is: its fields point into it.
struct Reading {
  Reading() = default;
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  std::chrono::steady_clock::time_point body_came;
  std::string_view body;          // as it came
  std::string_view plain;         // what was scanned: the same bytes, or what they decompress to
  payload::RequestFields fields;  // of the plain one; its texts are those below
  payload::Notation notation = payload::Notation::json;
  std::string model;  // what it names; empty: it names none
  std::string previous_response;
  std::string conversation;

  // Nothing has been sent to the client yet, and this is what it should be told.
  Seldom<http::ErrorAnswer> refusal;
  bool client_left = false;  // before all of it was there
};

// Reads a request's body whole, and in it what routing needs, in whatever form its API takes and in whatever coding it
// comes. One per worker.
class RequestReader {
 public:
  // What the head shows to be in vain is refused before the body is asked for.
  net::Task<> read(http::Connection& client, registry::Api api, Reading& reading);

  // The body alone, of a request in which nothing has to be found.
  static net::Task<> read_body(http::Connection& client, Reading& reading);

 private:
  void scan(const http::RequestHead& head, Reading& reading);

  payload::RequestScanner scanner_;
};

}  // namespace pointsman::api
