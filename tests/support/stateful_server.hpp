#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pointsman/demo/scripted_server.hpp"

namespace pointsman::test {

// A double of a server that keeps what it makes, as OpenAI, LM Studio or vLLM with its store do: responses,
// conversations and stored chat completions, each known to it alone. What it makes has its name in the id. Safe from
// every thread.
class StatefulServer {
 public:
  struct Options {
    std::string account = {};  // what it encrypted, those of the same account can read; empty: only itself
    std::vector<std::string> models = {"m"};
    std::size_t padding = 0;  // bytes of text before the id of a whole response
  };

  explicit StatefulServer(std::string name) : StatefulServer(std::move(name), Options()) {}
  StatefulServer(std::string name, Options options);

  std::string url() const { return server_.url(); }
  const demo::ScriptedServer& server() const { return server_; }

  bool keeps(const std::string& id) const;
  // A background response is queued until then.
  void complete(const std::string& id);
  // Requests for something that it does not keep.
  std::size_t strays() const;

 private:
  using Json = nlohmann::json;

  struct Answer {
    int status = 200;
    Json body;
    std::vector<Json> events = {};  // not empty: a stream of these
  };

  boost::asio::awaitable<void> serve(demo::Conversation& conversation);
  Answer answer(const demo::Request& request);
  Answer create_response(const Json& body);
  Answer of_response(const std::string& method, const std::vector<std::string>& path, const std::string& query);
  Answer of_conversation(const std::string& method, const std::vector<std::string>& path, const Json& body);
  Answer of_chat(const std::string& method, const std::vector<std::string>& path);
  Answer stray(const std::string& id, const std::string& param = "");
  std::string new_id(const std::string& kind);
  bool can_read(const std::string& encrypted) const;

  const std::string name_;
  const Options options_;
  mutable std::mutex mutex_;
  int made_ = 0;
  std::size_t strays_ = 0;
  std::map<std::string, Json> kept_;
  demo::ScriptedServer server_;  // last: its thread uses the others
};

}  // namespace pointsman::test
