#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/probe/client.hpp"
#include "pointsman/probe/observation.hpp"

namespace pointsman::probe {

// One request that a probe sent and what came back, for `pointsman probe` to show.
struct Sent {
  std::string request;  // "GET /v1/models", "POST /v1/responses {"
  int status = 0;       // 0: no answer
  std::string note;     // the first bytes of the answer, or why there was none
};

// All requests of one probe to one endpoint, one after the other. It writes down what was sent, and it ends for good
// when the endpoint lets a deadline pass, cannot be reached any more, or has taken four deadlines in all: what is left
// then is not asked. Belongs to the probe's coroutine.
class Conversation {
 public:
  Conversation(Target target, const Clock& clock);

  net::Task<Observation> ask(Question question);

  // As ask(), but what was asked before in this conversation is not asked again: its answer is given once more.
  net::Task<Observation> ask_once(Question question);

  // The JSON at a path, asked for once; nothing if the answer is not 200 or no JSON.
  net::Task<std::optional<nlohmann::json>> document(std::string path);

  bool is_over() const { return over_; }
  const config::Url& url() const { return client_.target().url; }
  bool has_key() const { return !client_.target().api_key.empty(); }
  WallTime now() const { return clock_.wall(); }

  // Where the OpenAI routes and the server's own routes are: api("/models") is "/v1/models", own("/props") "/props".
  std::string api(std::string_view path) const { return url().base_path + std::string(path); }
  std::string own(std::string_view path) const { return url().root_path + std::string(path); }

  std::vector<Sent> take_sent() { return std::move(sent_); }

 private:
  Client client_;
  const Clock& clock_;
  MonotonicTime ends_at_;
  bool over_ = false;
  std::vector<Sent> sent_;
  std::map<std::string, Observation> once_;  // by method, path and body
};

}  // namespace pointsman::probe
