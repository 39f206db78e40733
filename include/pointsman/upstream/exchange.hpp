#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "pointsman/base/error.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/net/dialer.hpp"
#include "pointsman/upstream/pool.hpp"

namespace pointsman::upstream {

// Asked where an endpoint has been silent for a while, and again while it stays so: whether to wait no longer, because
// another one can serve.
class Patience {
 public:
  // `was_sent`: the endpoint may have begun with the request.
  virtual bool is_over(bool was_sent) = 0;

 protected:
  ~Patience() = default;
};

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

  // Before send(): whom to ask when the endpoint has not been connected to within `lasts`, or when nothing came for so
  // long after the request; and again after each interval that goes by so. Where it is over the error is a timeout.
  static constexpr Milliseconds asking_interval{200};
  void ask_after(Milliseconds lasts, Patience& patience) {
    patience_ = &patience;
    patience_lasts_ = lasts;
  }
  // After send(): the same until a first byte of the body is there, for as long as the endpoint may pause. The error is
  // a timeout.
  net::Task<Result<void>> wait_for_body();

  // After send(), before the body is read by anybody else: waits for one more piece of it, which is appended to
  // connection().in. The head that send() gave stays valid, but not views that were taken from it.
  enum class More : std::uint8_t {
    bytes,
    end,      // of the connection, as its sender meant it
    broken,   // the connection is
    nothing,  // by then
  };
  net::Task<More> read_more(MonotonicTime until);

  // Of the answer, once send() succeeded.
  const http::Framing& framing() const { return framing_; }
  Connection& connection() { return *connection_; }
  // When its head came.
  std::chrono::steady_clock::time_point came_at() const { return came_at_; }
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
  void ask_again();
  Error silent(Milliseconds lasts) const;
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
  Patience* patience_ = nullptr;  // nullptr: there is no end to it
  Milliseconds patience_lasts_{0};
  MonotonicTime sent_at_{};
  std::chrono::steady_clock::time_point came_at_;
  int announcements_ = 0;  // 1xx heads that came
  bool expects_upgrade_ = false;
  bool cancelled_ = false;
};

}  // namespace pointsman::upstream
