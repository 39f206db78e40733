#include "support/behind_gateway.hpp"

#include <algorithm>
#include <utility>

#include "support/configuration.hpp"
#include "support/receive_queue.hpp"
#include "support/wire.hpp"

namespace asio = boost::asio;

namespace pointsman::test {

void BehindGateway::start(FakeUpstream::Routes routes, const Settings& settings) {
  gateway_.reset();
  upstream_.emplace(settings.models, std::move(routes), settings.upstream);
  upstream_port_ = upstream_->port();
  gateway_.emplace(settings.file + "endpoints:\n" + endpoint("e", upstream_->url(), settings.of_endpoint));
  gateway_->wait_until_ready();
}

asio::awaitable<void> BehindGateway::send_split(Conversation& conversation, std::string bytes,
                                                std::size_t split) const {
  std::string second = bytes.substr(std::min(split, bytes.size()));
  bytes.resize(bytes.size() - second.size());
  if (!bytes.empty()) {
    co_await conversation.send(std::move(bytes));
    if (!second.empty()) wait_until_gateway_has_read();
  }
  if (!second.empty()) co_await conversation.send(std::move(second));
}

void BehindGateway::wait_until_gateway_has_read() const { wait_until_read(upstream_port_); }

Script echo() {
  return [](Conversation& conversation) -> asio::awaitable<void> {
    std::string answer = ok(conversation.request().body);
    co_await conversation.send(std::move(answer));
  };
}

}  // namespace pointsman::test
