#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pointsman/demo/scripted_server.hpp"

namespace pointsman::test {

using demo::Conversation;
using Script = demo::ScriptedServer::Script;

// Scripts for the common cases; anything else is a coroutine of the test's own.

// A whole answer as application/json.
Script json(int status, const std::string& body, const std::vector<demo::Header>& headers = {});
// A stream of events, each of them one chunk and one write.
Script sse(std::vector<std::string> events);
// These bytes, and nothing else.
Script bytes(std::string raw);

// An endpoint: lists its models, answers the gateway's probes as a server that offers these routes would (JSON 404 for
// others, 405 with Allow for the wrong method, 400 for the body `{`), and runs the script of a route for every real
// request.
class FakeUpstream {
 public:
  using Routes = std::map<std::string, Script>;  // by method and path: "POST /v1/chat/completions"

  explicit FakeUpstream(const std::vector<std::string>& models, Routes routes = {},
                        demo::ScriptedServer::Options options = {});

  std::string url() const { return server_.url(); }
  std::uint16_t port() const { return server_.port(); }

  // The real requests: those for which a route's script began, without probes.
  std::vector<demo::Request> requests() const;
  // The server itself, which counts probes as well.
  const demo::ScriptedServer& server() const { return server_; }

 private:
  boost::asio::awaitable<void> answer(Conversation& conversation);
  bool is_real(const demo::Request& request) const;

  std::string model_list_;
  Routes routes_;
  demo::ScriptedServer server_;  // last: its thread uses the others
};

}  // namespace pointsman::test
