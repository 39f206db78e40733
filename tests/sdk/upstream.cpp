// The endpoints behind the gateway for the tests with the official SDKs: the demo; a model that only chats; a model
// whose endpoint always fails; one whose endpoint dies in mid-stream. Prints their URLs as one line of JSON and runs
// until its standard input ends.

#include <iostream>
#include <string>

#include "pointsman/demo/endpoint.hpp"
#include "support/fake_upstream.hpp"
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
  std::cout << "endpoints: [{name: demo, url: \"" << demo.url() << "\"}, {name: chat-only, url: \"" << chat_only.url()
            << "\"}, {name: failing, url: \"" << failing.url() << "\"}, {name: dying, url: \"" << dying.url() << "\"}]"
            << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}
