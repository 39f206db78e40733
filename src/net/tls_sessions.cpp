#include "pointsman/net/tls_sessions.hpp"

namespace pointsman::net {

TlsSessions::~TlsSessions() {
  for (auto& slot : slots_) SSL_SESSION_free(slot.load());
}

SSL_SESSION* TlsSessions::take() {
  for (auto& slot : slots_) {
    if (slot.load(std::memory_order_relaxed) == nullptr) continue;
    if (auto* session = slot.exchange(nullptr)) return session;
  }
  return nullptr;
}

void TlsSessions::keep(const SSL_SESSION* session) {
  // The connection goes on to change its own, and spoils it when it ends without a close_notify.
  auto* copy = SSL_SESSION_dup(session);
  if (copy == nullptr) return;
  for (auto& slot : slots_) {
    SSL_SESSION* free = nullptr;
    if (slot.compare_exchange_strong(free, copy)) return;
  }
  SSL_SESSION_free(slots_.front().exchange(copy));
}

}  // namespace pointsman::net
