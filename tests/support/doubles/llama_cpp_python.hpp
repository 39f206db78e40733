#pragma once

#include <atomic>

#include "fast_api.hpp"

namespace pointsman::test {

// llama-cpp-python: whatever takes the lock on the model stops a stream that is under way. One always is.
class LlamaCppPythonServer : public FastApiServer {
 public:
  LlamaCppPythonServer() { owner = "me"; }
  std::atomic<int> times_listed{0};

 protected:
  Reply models() override {
    ++times_listed;
    return FastApiServer::models();
  }
  Reply generate(const Asked& asked) override {
    violate("stopped a stream", asked);
    return Reply::json(500, R"({"error":{"message":"[{'type': 'json_invalid'}]","type":"internal_server_error"}})");
  }
};

}  // namespace pointsman::test
