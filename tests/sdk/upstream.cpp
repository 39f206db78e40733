// The endpoints behind the gateway for the tests with the official SDKs: the demo; a model that only chats; a model
// whose endpoint always fails; one whose endpoint dies in mid-stream; one that speaks WebSocket. Prints their URLs as
// one line of JSON and runs until its standard input ends.

#include <iostream>
#include <string>

#include "pointsman/demo/endpoint.hpp"
#include "support/fake_upstream.hpp"
#include "support/websocket.hpp"
#include "support/wire.hpp"

namespace pointsman {
namespace {

// A stream that begins as it should, and then nothing more comes.
test::Script dying_after(const std::string& events) {
  return [events](demo::Conversation& conversation) -> boost::asio::awaitable<void> {
    co_await conversation.send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
        test::chunk(events));
    conversation.close();
  };
}

const std::string chat_event =
    R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"dying","choices":)"
    R"([{"index":0,"delta":{"role":"assistant","content":"so far"},"finish_reason":null}]})"
    "\n\n";
const std::string response_event =
    "event: response.output_text.delta\n"
    R"(data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,)"
    R"("content_index":0,"delta":"so far","logprobs":[]})"
    "\n\n";

// Completes each response at once, and agrees to a close.
boost::asio::awaitable<void> respond(test::WebSocketPeer& peer) {
  while (const auto frame = co_await peer.next()) {
    const bool closes = frame->opcode == test::close_opcode;
    co_await peer.send(closes ? test::Frame{test::close_opcode, frame->payload}
                              : test::Frame{test::text,
                                            R"({"type":"response.completed","sequence_number":0,"response":)"
                                            R"({"id":"resp_1","object":"response","model":"talking","output":[]}})"});
    if (closes) co_return;
  }
}

boost::asio::awaitable<void> begin_session(test::WebSocketPeer& peer) {
  co_await peer.send({test::text, R"({"type":"session.created","event_id":"event_1","session":)"
                                  R"({"type":"realtime","object":"realtime.session","model":"talking"}})"});
  const auto script = test::echo_frames();
  co_await script(peer);
}

// A browser wants its subprotocol agreed to, and others did not ask for one.
test::Script realtime() {
  const auto plain = test::websocket(begin_session);
  const auto of_browser = test::websocket(begin_session, "Sec-WebSocket-Protocol: realtime\r\n");
  return [=](demo::Conversation& conversation) {
    const bool asked = conversation.request().header("Sec-WebSocket-Protocol") != nullptr;
    return asked ? of_browser(conversation) : plain(conversation);
  };
}

}  // namespace
}  // namespace pointsman

int main() {
  using namespace pointsman;
  demo::Endpoint demo(Milliseconds(0));
  test::FakeUpstream chat_only(
      {"org/chat-only:1b"},
      {{"POST /v1/chat/completions",
        test::json(200,
                   R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"org/chat-only:1b","choices":)"
                   R"([{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]})")}},
      {.keep_requests = false});
  test::FakeUpstream failing(
      {"failing"},
      {{"POST /v1/chat/completions",
        test::json(500, R"({"error":{"message":"out of order","type":"server_error","param":null,"code":"broken"}})")}},
      {.keep_requests = false});
  test::FakeUpstream dying(
      {"dying"},
      {{"POST /v1/chat/completions", dying_after(chat_event)}, {"POST /v1/responses", dying_after(response_event)}},
      {.keep_requests = false});
  test::FakeUpstream talking({"talking"},
                             {{"GET /v1/responses", test::websocket(respond)}, {"GET /v1/realtime", realtime()}},
                             {.keep_requests = false});
  std::cout << "endpoints: [{name: demo, url: \"" << demo.url() << "\"}, {name: chat-only, url: \"" << chat_only.url()
            << "\"}, {name: failing, url: \"" << failing.url() << "\"}, {name: dying, url: \"" << dying.url()
            << "\"}, {name: talking, url: \"" << talking.url() << "\"}]" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}
