#include "pointsman/net/resolver.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace pointsman::net {

std::vector<PeerAddress> literal_address(const config::Url& url) {
  if (!url.unix_path.empty()) return {PeerAddress(asio::local::stream_protocol::endpoint(url.unix_path))};
  error_code not_numeric;
  const auto numeric = asio::ip::make_address(url.host, not_numeric);
  if (not_numeric) return {};
  return {PeerAddress(asio::ip::tcp::endpoint(numeric, url.port))};
}

Task<Result<std::vector<PeerAddress>>> resolve(Executor executor, config::Url url) {
  auto addresses = literal_address(url);
  if (!addresses.empty()) co_return addresses;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(executor);
  const std::string port = std::to_string(url.port);
  const auto [error, results] = co_await resolver.async_resolve(url.host, port, use_task_tuple);
  if (error) {
    co_return Error{ErrorCode::unreachable, Origin::upstream, true, error.message()};
  }
  for (const auto& each : results) addresses.emplace_back(each.endpoint());
  co_return addresses;
}

}  // namespace pointsman::net
