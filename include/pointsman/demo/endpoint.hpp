#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/request_id.hpp"
#include "pointsman/demo/scripted_server.hpp"

namespace pointsman::demo {

// An inference server without a model, for people without a GPU and for tests: speaks chat, completions, responses,
// embeddings and models as the model `demo`, on a free loopback port, from a thread of its own, until it is destroyed.
class Endpoint {
 public:
  // Throws boost::system::system_error when there is no port to be had.
  explicit Endpoint(Milliseconds pause_between_words);

  std::string url() const { return server_.url(); }

 private:
  boost::asio::awaitable<void> speak(Conversation& conversation);

  Milliseconds pause_;
  RequestIds ids_;
  SystemClock clock_;
  ScriptedServer server_;  // last: its thread uses the others
};

}  // namespace pointsman::demo
