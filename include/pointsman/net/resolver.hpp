#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "pointsman/base/error.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/net/task.hpp"

namespace pointsman::net {

// The address that a URL names without a resolver: a numeric host or a Unix-domain socket. Empty: it names a host.
std::vector<PeerAddress> literal_address(const config::Url& url);

// The addresses of an endpoint. For the control plane only: the request path never resolves, it takes the addresses
// from the snapshot. Completes at once where the address is literal.
Task<Result<std::vector<PeerAddress>>> resolve(Executor executor, config::Url url);

}  // namespace pointsman::net
