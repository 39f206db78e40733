#include "pointsman/proxy/websocket_heads.hpp"

#include <gtest/gtest.h>

namespace pointsman::proxy {
namespace {

registry::SnapshotEndpoint sample_endpoint() {
  registry::SnapshotEndpoint endpoint;
  endpoint.name = "e";
  endpoint.url.base_path = "/api/v1";
  endpoint.host_header = "10.0.0.1:8000";
  endpoint.authorization = Secret("Bearer theirs");
  return endpoint;
}

http::RequestHead request(const std::string& text) {
  http::RequestHead head;
  EXPECT_FALSE(http::parse(text, http::Limits(), head)) << text;
  return head;
}

const std::string handshake =
    "GET /v1/realtime?model=m HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, X-Hop\r\nUpgrade: websocket\r\nX-Hop: 1\r\n"
    "Authorization: Bearer mine\r\nx-api-key: mine\r\nOpenAI-Beta: realtime=v1\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: k\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
    "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.mine\r\n\r\n";

TEST(WebSocketHeads, PassAHandshakeOnWithoutTheClientsKeys) {
  const auto endpoint = sample_endpoint();
  EXPECT_EQ(passed_handshake(request(handshake), {endpoint, "/realtime", "?model=m"}),
            "GET /api/v1/realtime?model=m HTTP/1.1\r\nHost: 10.0.0.1:8000\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nOpenAI-Beta: realtime=v1\r\nAuthorization: Bearer theirs\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
            "Sec-WebSocket-Protocol: realtime\r\n\r\n");
}

TEST(WebSocketHeads, MakeAHandshakeInTheClientsName) {
  const auto endpoint = sample_endpoint();
  EXPECT_EQ(own_handshake(request(handshake), {endpoint, "/responses", ""}, "ours"),
            "GET /api/v1/responses HTTP/1.1\r\nHost: 10.0.0.1:8000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "OpenAI-Beta: realtime=v1\r\nAuthorization: Bearer theirs\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: ours\r\n\r\n");
}

TEST(WebSocketHeads, NameAnotherModel) {
  EXPECT_EQ(with_model("?model=small", "org/m:1 b"), "?model=org%2Fm%3A1%20b");
  EXPECT_EQ(with_model("?a=model=1&model=small&b", "m"), "?a=model=1&model=m&b");
  EXPECT_EQ(with_model("?xmodel=1&model=a&model=b", "m"), "?xmodel=1&model=m&model=m");
  EXPECT_EQ(with_model("", "m"), "");
}

}  // namespace
}  // namespace pointsman::proxy
