#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "server_double.hpp"

// Doubles of inference servers, written from what the real ones do: each answers a probe's questions as the real one
// would, and records a violation when a question would have generated a token, loaded a model, woken or stopped
// anything, gone out to a paid service, or changed something by a GET.
namespace pointsman::test {

using nlohmann::json;

// What all doubles share: where violations are written down, and what a request is.
class Double {
 public:
  virtual ~Double() = default;
  virtual Reply answer(const Asked& asked) = 0;

  // The routes that it has for POST.
  std::set<std::string> offered{"/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings"};

  std::vector<std::string> violations() const;

 protected:
  void violate(const std::string& what, const Asked& asked);

  // A request that the server would act on: valid JSON. Otherwise discarded.
  static json parsed(const Asked& asked);

  // Whether a body that is JSON has what a model needs to work on.
  static bool asks_for_something(const json& body);

  bool is_route(const Asked& asked) const { return offered.contains(asked.path); }

  // Servers that keep responses take whatever stands below that route for the id of one.
  bool is_stored_response(const Asked& asked) const {
    return asked.path.starts_with("/v1/responses/") && offered.contains("/v1/responses");
  }

  static Reply allowed(Reply reply, const std::string& methods) {
    reply.headers.emplace_back("Allow", methods);
    return reply;
  }
  static Reply from(const std::string& server, Reply reply) {
    reply.headers.emplace_back("Server", server);
    return reply;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> violations_;
};

// A double that listens.
template <class Server>
struct Running {
  template <class... Arguments>
  explicit Running(Arguments... arguments)
      : server(std::make_unique<Server>(arguments...)),
        sockets([this](const Asked& asked) { return server->answer(asked); }) {}

  std::unique_ptr<Server> server;
  ServerDouble sockets;
};

std::string openai_list(const std::vector<std::string>& ids, const std::string& owner);

}  // namespace pointsman::test
