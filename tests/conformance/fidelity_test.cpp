#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/behind_gateway.hpp"
#include "support/generated_exchange.hpp"

// Bodies arrive as they were sent, in both directions: thousands of generated exchanges, digested at both ends. A
// failure names the number of the exchange, from which it can be made again.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;

constexpr std::size_t came_size = 76;  // of the field X-Came and the empty line behind it

// Both sides make an exchange from these.
struct Plan {
  std::uint64_t number = 0;
  std::size_t request_size = 0;
  std::size_t answer_size = 0;
  std::size_t answer_split = 0;  // where the endpoint's second write begins; 0: there is none

  std::string fields() const {
    return "X-Request-Size: " + std::to_string(request_size) + "\r\nX-Answer-Size: " + std::to_string(answer_size) +
           "\r\nX-Answer-Split: " + std::to_string(answer_split) + "\r\n";
  }
  GeneratedExchange made() const { return generate_exchange(number, request_size, answer_size, fields()); }

  static Plan read_from(const demo::Request& request) {
    const auto number = [&](std::string_view name) { return std::stoull(*request.header(name)); };
    return {number("X-Exchange"), number("X-Request-Size"), number("X-Answer-Size"), number("X-Answer-Split")};
  }
};

class Fidelity : public BehindGateway {
 protected:
  // The endpoint says in X-Came what it got.
  void SetUp() override {
    start({{"POST /v1/chat/completions",
            [this](Conversation& conversation) -> awaitable<void> {
              const auto plan = Plan::read_from(conversation.request());
              const auto made = plan.made();
              std::string text = made.answer_head + "X-Came: " + digest(conversation.request().body) + "\r\n\r\n";
              text += made.answer_rest;
              const auto split = plan.answer_split;
              co_await send_split(conversation, std::move(text), split);
              if (made.answer_ends_by_closing) conversation.close();
            }}},
          // A pause before each 500 would only take time.
          {.file = "routing: {attempts: 1}\n", .upstream = {.keep_requests = false}});
  }

  static void check(const Response& response, const GeneratedExchange& made, const Plan& plan) {
    ASSERT_TRUE(response.complete) << "exchange " << plan.number << ": " << response.fault;
    ASSERT_EQ(response.start_line, made.answer_head.substr(0, made.answer_head.find('\r')))
        << "exchange " << plan.number << ": " << response.body.substr(0, 500);
    ASSERT_EQ(response.field("X-Came"), digest(made.request_body)) << "exchange " << plan.number << ", the request";
    ASSERT_EQ(digest(response.body), digest(made.answer_body)) << "exchange " << plan.number << ", the answer";
  }

  // Every split of the request and of the answer, both at a time.
  void sweep(std::uint64_t from, std::uint64_t to) {
    RawClient client(port());
    for (auto number = from; number < to; ++number) {
      Plan plan{number, static_cast<std::size_t>(number % 23), static_cast<std::size_t>(number * 7 % 31), 0};
      std::size_t splits = 1;
      for (std::size_t split = 0; split < splits; ++split) {
        plan.answer_split = split;
        const auto made = plan.made();
        splits = std::max(made.request.size(), made.answer_head.size() + came_size + made.answer_rest.size());
        client.send_split(made.request, {std::min(split, made.request.size())});
        check(client.read_response(), made, plan);
        if (HasFatalFailure()) FAIL() << "split at " << split;
      }
    }
  }
};

// Sharded, so that they run beside each other.
TEST_F(Fidelity, OfSmallMessagesSplitEverywhere1) { sweep(1'000, 1'010); }
TEST_F(Fidelity, OfSmallMessagesSplitEverywhere2) { sweep(1'010, 1'020); }
TEST_F(Fidelity, OfSmallMessagesSplitEverywhere3) { sweep(1'020, 1'030); }
TEST_F(Fidelity, OfSmallMessagesSplitEverywhere4) { sweep(1'030, 1'040); }

TEST_F(Fidelity, OfManyMessagesOnOneConnection) {
  RawClient client(port());
  for (std::uint64_t number = 2'000; number < 4'000; ++number) {
    // Small ones mostly, and around the sizes at which buffers grow.
    const std::size_t size = number * 2'654'435'761u % 10'007;
    const std::size_t base = number % 16 == 0 ? 65'536 - 150 : number % 16 == 1 ? 4'096 - 150 : 0;
    const Plan plan{number, base + size % (number % 4 == 0 ? 10'000 : 300),
                    base + size % (number % 4 == 1 ? 20'000 : 300), number % 3 == 0 ? size % 400 : 0};
    const auto made = plan.made();
    number % 5 == 0 ? client.send_split(made.request, {size % made.request.size()}) : client.send(made.request);
    ASSERT_NO_FATAL_FAILURE(check(client.read_response(), made, plan));
  }
}

TEST_F(Fidelity, OfPipelinedMessages) {
  RawClient client(port());
  std::uint64_t number = 5'000;
  for (std::size_t batch = 1; batch < 40; ++batch) {
    std::vector<Plan> plans;
    std::string requests;
    for (std::size_t i = 0; i < batch % 10 + 2; ++i, ++number) {
      plans.push_back({number, static_cast<std::size_t>(number % 700), static_cast<std::size_t>(number % 900), 0});
      requests += plans.back().made().request;
    }
    client.send_split(requests, {requests.size() * batch / 40});
    for (const auto& plan : plans) ASSERT_NO_FATAL_FAILURE(check(client.read_response(), plan.made(), plan));
  }
}

TEST_F(Fidelity, OfBodiesOfEverySize) {
  RawClient client(port(), Milliseconds(60'000));
  std::uint64_t number = 6'000;
  for (const std::size_t size : {0u, 1u, 2u, 3u, 4'095u, 4'096u, 4'097u, 65'535u, 65'536u, 65'537u, 131'072u,
                                 1'000'000u, 1'048'576u, 5'000'000u}) {
    for (int i = 0; i < (size < 100'000 ? 8 : 3); ++i, ++number) {
      const Plan plan{number, size, size, 0};
      const auto made = plan.made();
      client.send(made.request);
      ASSERT_NO_FATAL_FAILURE(check(client.read_response(), made, plan)) << size;
    }
  }
}

TEST_F(Fidelity, OfTheLargestBodies) {
  const std::size_t largest = (64u << 20) - 1'000;
  for (const Plan& plan : {Plan{7'000, largest, largest, 0}, Plan{7'001, largest, 1'000, 0}}) {
    const auto made = plan.made();
    RawClient client(port(), Milliseconds(100'000));
    client.send(made.request);
    ASSERT_NO_FATAL_FAILURE(check(client.read_response(), made, plan));
  }
}

}  // namespace
}  // namespace pointsman::test
