#pragma once

#include <string>

#include "support/behind_gateway.hpp"
#include "support/websocket.hpp"

namespace pointsman::test {

inline constexpr const char* responses = "/v1/responses";
inline constexpr const char* realtime = "/v1/realtime?model=m";
inline const std::string create = R"({"type":"response.create", "model":"m","input":"hello"})";
inline const std::string offered = "apis: {responses_websocket: true, realtime: true}";

// For tests of a gateway whose only endpoint speaks WebSocket: Responses, whose model stands in the first message, and
// Realtime, whose model stands in the query.
class BehindWebSocket : public BehindGateway {
 protected:
  void start_websocket(WebSocketScript script, Settings settings = {}, const std::string& fields = "") {
    if (settings.of_endpoint.empty()) settings.of_endpoint = offered;
    start({{"GET /v1/responses", websocket(script, fields)}, {"GET /v1/realtime", websocket(script, fields)}},
          settings);
  }
};

}  // namespace pointsman::test
