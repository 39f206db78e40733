#pragma once

#include <boost/container/small_vector.hpp>

#include "pointsman/payload/splice.hpp"
#include "pointsman/proxy/forwarder.hpp"

// What the two files of the Forwarder share.
namespace pointsman::proxy {

using Candidates = boost::container::small_vector<registry::Candidate, 8>;

// What one attempt sends, and what is done with its answer.
struct Forwarder::Dispatch {
  const registry::SnapshotEndpoint& endpoint;
  std::string_view base;
  std::string_view path;
  payload::Spliced body;
  bool decompressed = false;  // the body goes on without the coding that the client's has
  http::StreamDialect stream;
  std::string_view request_id;
  bool heeds_leave = true;       // false: the endpoint is to go on without the client
  bool keeps_beginning = false;  // as relay() takes it
  bool passes_404 = true;        // false: another endpoint is asked then, and the client hears nothing yet
  http::DataListener* follower = nullptr;
  bool is_timed = false;  // how long its first byte took counts for later choices
};

// Apart from forward(), whose frame lives as long as the answer.
struct Forwarder::Bound {
  Candidates candidates;
  http::ErrorAnswer when_down;
  std::optional<http::ErrorAnswer> refusal;
};

// What forward() goes by, in its own frame: renewed when a request that waited is called.
struct Forwarder::Prospect {
  registry::SnapshotPtr& snapshot;
  const registry::SnapshotModel*& model;
  std::span<const registry::Candidate>& candidates;
  std::unique_ptr<Bound>& bound;
};

// Of an attempt that follows another, or the wait for a place.
inline Outcome begun_anew(const Outcome& before) {
  Outcome outcome;
  outcome.queued = before.queued;
  return outcome;
}

inline Outcome refused(http::ErrorAnswer answer) {
  Outcome outcome;
  outcome.cause = answer.code;
  outcome.error = std::move(answer);
  return outcome;
}

}  // namespace pointsman::proxy
