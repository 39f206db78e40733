// The endpoints behind the gateway for the tests with the official SDKs: the demo; a model that only chats; a model
// whose endpoint always fails. Prints their URLs as one line of JSON and runs until its standard input ends.

#include <iostream>
#include <string>

#include "pointsman/demo/endpoint.hpp"
#include "support/fake_upstream.hpp"

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
  std::cout << "endpoints: [{name: demo, url: \"" << demo.url() << "\"}, {name: chat-only, url: \"" << chat_only.url()
            << "\"}, {name: failing, url: \"" << failing.url() << "\"}]" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}
