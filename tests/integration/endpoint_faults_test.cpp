#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <random>
#include <string>
#include <thread>

#include "support/configuration.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/own_answer.hpp"
#include "support/raw_client.hpp"
#include "support/wire.hpp"

// An endpoint does what no endpoint should. Whoever asked it gets an honest end, and all others are served as before,
// by the same worker and in the same memory.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;

constexpr std::size_t megabyte = 1 << 20;

// tests/chaos/run --minutes 10 sets POINTSMAN_HUGE_GIB=10.
const std::size_t huge = std::getenv("POINTSMAN_HUGE_GIB") == nullptr
                             ? 256 * megabyte
                             : 1024 * megabyte * std::stoul(std::getenv("POINTSMAN_HUGE_GIB"));

awaitable<void> garbage(Conversation& conversation) {
  std::mt19937 random(1);
  std::string noise(megabyte, '\0');
  for (auto& byte : noise) byte = static_cast<char>(random());
  co_await conversation.send(std::move(noise));
}

// For as long as anybody reads.
awaitable<void> endless(Conversation& conversation, std::string first, std::string again) {
  co_await conversation.send(std::move(first));
  while (conversation.is_open()) co_await conversation.send(again);
}

awaitable<void> endless_headers(Conversation& conversation) {
  return endless(conversation, "HTTP/1.1 200 OK\r\n", "x-padding: " + std::string(1000, 'x') + "\r\n");
}
awaitable<void> endless_line(Conversation& conversation) {
  return endless(conversation, "HTTP/1.1 200 OK\r\nx: ", std::string(1000, 'x'));
}
awaitable<void> endless_announcements(Conversation& conversation) {
  return endless(conversation, "", "HTTP/1.1 103 Early Hints\r\n\r\n");
}

awaitable<void> byte_by_byte(Conversation& conversation) {
  for (const char byte : ok(std::string(100, 'x'))) {
    co_await conversation.send(std::string(1, byte));
    co_await conversation.pause(Milliseconds(5));
  }
}

awaitable<void> huge_body(Conversation& conversation) {
  co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(huge) + "\r\n\r\n");
  for (std::size_t sent = 0; sent < huge; sent += megabyte) co_await conversation.send(std::string(megabyte, 'x'));
}

awaitable<void> huge_event(Conversation& conversation) {
  co_await conversation.send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t sent = 0; sent < huge; sent += megabyte) {
    co_await conversation.send(chunk(std::string(megabyte, 'x')));
  }
  co_await conversation.send(chunk("\n\ndata: [DONE]\n\n") + "0\r\n\r\n");
}

awaitable<void> never_reads(Conversation& conversation) { return conversation.until_client_leaves(); }

struct Fault {
  std::string name;
  awaitable<void> (*script)(Conversation&);
  int status;
  std::size_t request = 0;   // bytes of padding in the request
  std::size_t at_least = 0;  // bytes that the answer brings
};

// For the names of the tests in ctest.
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class EndpointFaults : public testing::TestWithParam<Fault> {};

TEST_P(EndpointFaults, AreNobodyElses) {
  const auto& fault = GetParam();
  FakeUpstream good({"good"}, {{chat_route, json(200, "{}")}});
  FakeUpstream bad({"bad"}, {{chat_route, [&](Conversation& each) { return fault.script(each); }}},
                   {.begin_with_head = true, .keep_requests = false});
  GatewayProcess gateway("workers: 1\nprobe: {interval: 1h}\nendpoints:\n" + endpoint("good", good.url()) +
                         endpoint("bad", bad.url(), "timeouts: {first_byte: 1500ms}"));
  gateway.wait_until_ready(2);
  const auto ask_good = [&] { return ask(gateway.port(), "POST", chat_path, R"({"model":"good"})").status(); };
  ASSERT_EQ(ask_good(), 200);
  const auto memory = gateway.process().peak_memory();

  int status = 0;
  std::size_t received = 0;
  std::jthread victim([&] {
    RawClient client(gateway.port(), Milliseconds(60'000));
    client.send(post(R"({"model":"bad","x":")" + std::string(fault.request, 'x') + "\"}"));
    std::string head = client.read_some();
    received = head.size();
    if (head.size() > 12) status = std::stoi(head.substr(9, 3));
    // Nobody keeps gigabytes only to count them.
    while (received < fault.at_least) {
      const auto piece = client.read_some();
      if (piece.empty()) break;
      received += piece.size();
    }
  });
  for (int i = 0; i < 30; ++i) EXPECT_EQ(ask_good(), 200);
  victim.join();
  EXPECT_EQ(status, fault.status);
  EXPECT_GE(received, fault.at_least);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask_good(), 200);
  EXPECT_LT(gateway.process().peak_memory(), memory + 3 * fault.request + 48 * megabyte);
  EXPECT_EQ(gateway.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, EndpointFaults,
    testing::Values(Fault{"Garbage", garbage, 502}, Fault{"EndlessHeaders", endless_headers, 502},
                    Fault{"EndlessLine", endless_line, 502}, Fault{"EndlessAnnouncements", endless_announcements, 502},
                    Fault{"ByteByByte", byte_by_byte, 200, 0, 130}, Fault{"HugeBody", huge_body, 200, 0, huge},
                    Fault{"HugeEvent", huge_event, 200, 0, huge}, Fault{"NeverReads", never_reads, 504, 16 * megabyte}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace pointsman::test
