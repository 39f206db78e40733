// The endpoints behind the gateway for the tests with the official SDKs: the demo; a model that only chats; one for
// sound and pictures; one that speaks Anthropic's messages; one that
// speaks WebSocket; a model whose endpoint always fails; one whose endpoint
// dies in mid-stream. Prints their URLs as one line of JSON and runs until its standard input ends.

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

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

std::string message_event(const std::string& name, const std::string& more) {
  return "event: " + name + "\ndata: {\"type\":\"" + name + "\"" + more + "}\n\n";
}

std::string message(const std::string& content, const std::string& stop_reason) {
  return R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":)" + content +
         R"(,"stop_reason":)" + stop_reason + R"(,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}})";
}

const std::string message_begin =
    message_event("message_start", ",\"message\":" + message("[]", "null")) +
    message_event("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})") +
    message_event("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":"so far"})");
const std::vector<std::string> message_events{
    message_begin,
    message_event("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":", so good"})"),
    message_event("content_block_stop", R"(,"index":0)"),
    message_event("message_delta", R"(,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":)"
                                   R"({"output_tokens":2})"),
    message_event("message_stop", ""),
};

// Answers a message, in one piece or as a stream; what Anthropic would refuse is refused.
test::Script messages() {
  return [](demo::Conversation& conversation) -> boost::asio::awaitable<void> {
    const auto& request = conversation.request();
    const auto* key = request.header("x-api-key");
    const bool good = key != nullptr && *key == "anthropic-key" && request.header("authorization") == nullptr &&
                      request.header("anthropic-version") != nullptr;
    auto script = test::json(403, R"({"type":"error","error":{"type":"permission_error","message":"wrong headers"}})");
    if (good && request.body.find(R"("stream":true)") != std::string::npos) {
      script = test::sse(message_events);
    } else if (good) {
      script = test::json(200, message(R"([{"type":"text","text":"so far, so good"}])", R"("end_turn")"));
    }
    co_await script(conversation);
  };
}

// Says how much of a form came, so that a test sees that all of it did.
test::Script sizes_of_form(std::string before, std::string behind) {
  return [before, behind](demo::Conversation& conversation) -> boost::asio::awaitable<void> {
    const auto& body = conversation.request().body;
    const auto sound = std::count(body.begin(), body.end(), '~');
    auto script = test::json(200, before + std::to_string(sound) + behind);
    co_await script(conversation);
  };
}

test::Script sound() {
  std::string bytes;
  for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i);
  return test::bytes("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 1024\r\n\r\n" + bytes);
}

// An entry of the file's `endpoints`. The operator says what its server offers: what probes find is tested elsewhere.
std::string entry(const std::string& name, const std::string& url, const std::string& more = "") {
  return "{name: " + name + ", url: \"" + url + "\"" + more + "}";
}

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
  test::FakeUpstream dying({"dying"},
                           {{"POST /v1/chat/completions", dying_after(chat_event)},
                            {"POST /v1/responses", dying_after(response_event)},
                            {"POST /v1/messages", dying_after(message_begin)}},
                           {.keep_requests = false});
  test::FakeUpstream media(
      {"media"},
      {{"POST /v1/moderations", test::json(200, R"({"id":"modr-1","model":"media","results":)"
                                                R"([{"flagged":false,"categories":{}}]})")},
       {"POST /v1/audio/speech", sound()},
       {"POST /v1/audio/transcriptions", sizes_of_form(R"({"text":")", " of it heard\"}")},
       {"POST /v1/images/generations", test::json(200, R"({"created":1,"data":[{"b64_json":"eA=="}]})")},
       {"POST /v1/images/edits", sizes_of_form(R"({"created":1,"data":[{"revised_prompt":")", " of it seen\"}]}")}},
      {.keep_requests = false});
  test::FakeUpstream talking({"talking"},
                             {{"GET /v1/responses", test::websocket(respond)}, {"GET /v1/realtime", realtime()}},
                             {.keep_requests = false});
  test::FakeUpstream claude(
      {"claude"},
      {{"POST /v1/messages", messages()}, {"POST /v1/messages/count_tokens", test::json(200, R"({"input_tokens":3})")}},
      {.keep_requests = false});
  std::cout << "endpoints: [" << entry("demo", demo.url()) << ", "
            << entry("chat-only", chat_only.url(), ", apis: {messages: false}") << ", "
            << entry("failing", failing.url()) << ", " << entry("dying", dying.url(), ", apis: {messages: true}")
            << ", "
            << entry("media", media.url(),
                     ", apis: {moderations: true, audio_speech: true, audio_transcriptions: true, "
                     "images_generations: true, images_edits: true}")
            << ", "
            << entry("claude", claude.url(),
                     ", api_key: anthropic-key, api_key_header: x-api-key, "
                     "apis: {messages: true, messages_count_tokens: true}")
            << ", " << entry("talking", talking.url()) << "]" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}
