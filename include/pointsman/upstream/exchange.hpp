#pragma once

#include <memory>
#include <string>

#include "pointsman/base/error.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/net/dialer.hpp"
#include "pointsman/upstream/pool.hpp"

namespace pointsman::upstream {

// One attempt: a request to one endpoint, and the head of its answer. The body is read by whoever relays it, from
// connection().in first and then from connection().stream. Lives on one worker, for one attempt.
//
// It listens for the client's leaving, in every phase, and then drops the endpoint's connection at once, so that the
// endpoint stops computing.
class Exchange final : public http::LeaveListener {
 public:
  Exchange(net::Worker& worker, Pool& pool, const http::Limits& limits, const registry::SnapshotEndpoint& endpoint);

  // Sends the request and waits for the final status; 1xx are not passed on. A stale connection, one that was reused
  // and died before any byte came back, is replaced once. The buffers must hold until then.
  //
  // Errors: unreachable or timeout while connecting (nothing was sent: may_retry), timeout while waiting,
  // connection_lost, protocol (not HTTP, or framing that is refused), cancelled (the client left).
  net::Task<Result<http::ResponseHead*>> send(net::ConstBuffers request, bool is_head_request);

  // Before send(): the request asks to go on with another protocol, so 101 is a final status. What follows its head is
  // no HTTP, and the connection serves no other request.
  void expect_upgrade() { expects_upgrade_ = true; }

  // Of the answer, once send() succeeded.
  const http::Framing& framing() const { return framing_; }
  Connection& connection() { return *connection_; }
  // The bytes of connection().in that belong to the head.
  std::size_t head_size() const { return scan_.size(); }

  // The head has been passed on: gives its memory back.
  void release_head() { head_.fields.release(); }

  // The body was read to its end: the connection may serve another request, if the endpoint lets it.
  void finish();

  void client_left() override;
  bool cancelled() const { return cancelled_; }

 private:
  net::Task<Result<void>> connect();
  net::Task<Result<void>> transfer(net::ConstBuffers request, bool is_head_request);
  net::Task<Result<void>> read_head(bool is_head_request);
  Result<bool> take_head(bool is_head_request);
  Error lost(std::string what) const;
  Error broken(std::string what) const;

  net::Worker& worker_;
  Pool& pool_;
  const http::Limits& limits_;
  const registry::SnapshotEndpoint& endpoint_;
  net::Dialer dialer_;
  std::unique_ptr<Connection> connection_;
  http::HeadScan scan_;
  http::ResponseHead head_;
  http::Framing framing_;
  int announcements_ = 0;  // 1xx heads that came
  bool expects_upgrade_ = false;
  bool cancelled_ = false;
};

}  // namespace pointsman::upstream
