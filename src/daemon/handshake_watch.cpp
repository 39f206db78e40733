#include "pointsman/daemon/handshake_watch.hpp"

namespace pointsman::daemon {

void tell(net::HandshakeFailures& failures, MonotonicTime now, observe::Log& log) {
  const auto news = failures.news(now);
  if (!news) return;
  log.write(observe::Level::warning, "TLS handshakes of clients failed",
            {{"failures", static_cast<std::int64_t>(news->failures)},
             {"reason", net::name(news->last)},
             {"client", news->client},
             {"cause", net::description(news->last)}});
}

}  // namespace pointsman::daemon
