#pragma once

#include <openssl/ssl.h>

#include <array>
#include <atomic>

namespace pointsman::net {

// TLS sessions of one endpoint, kept so that the next connections to it need no whole handshake. Shared by all workers
// without a lock: a session belongs to whoever took it out of its slot. Each is used once, as RFC 8446 §C.4 wants it of
// tickets, and an endpoint hands out new ones with every connection.
class TlsSessions {
 public:
  TlsSessions() = default;
  TlsSessions(const TlsSessions&) = delete;
  TlsSessions& operator=(const TlsSessions&) = delete;
  ~TlsSessions();

  // The caller's from now on; nullptr: there is none.
  SSL_SESSION* take();
  // Keeps a copy. With all slots full, an older one makes room.
  void keep(const SSL_SESSION* session);

 private:
  static constexpr std::size_t most = 16;
  std::array<std::atomic<SSL_SESSION*>, most> slots_{};
};

}  // namespace pointsman::net
