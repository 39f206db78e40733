#pragma once

#include <memory>
#include <string_view>

#include "pointsman/http/limits.hpp"
#include "pointsman/net/buffer.hpp"
#include "pointsman/net/deadline.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/net/stream.hpp"

namespace pointsman::http {

// Who wants to know that the client has gone. Called once at most, from the worker's loop.
class LeaveListener {
 public:
  virtual void client_left() = 0;

 protected:
  ~LeaveListener() = default;
};

// What comes from a client: read by receive() while a request is on its way in, and watched while it is being answered.
// Then bytes that come are the next request, kept up to a bound, and the end means that the client has left. Belongs to
// a Connection, on its worker.
class ClientInput final : private net::Deadline {
 public:
  ClientInput(net::Stream& stream, const Limits& limits) : stream_(stream), limits_(limits) {}

  // What has to stay alive while something is awaited.
  void set_owner(std::weak_ptr<void> owner) { owner_ = std::move(owner); }

  // Appends what comes; asks for room for `room` bytes where there is none. False: the client ended or broke the
  // connection, or the stream's deadline passed.
  net::Task<bool> receive(net::Buffer& buffer, std::size_t room);
  // The same without waiting. False also if nothing has come.
  bool receive_now(net::Buffer& buffer, std::size_t room);

  // From now on, `held` bytes of later requests being here already.
  void watch(std::size_t held);
  void stop_watching();
  net::Buffer& ahead() { return ahead_; }  // what came while watching
  // What watch() was told of stands in front of what came since.
  void keep(std::string_view held);
  // More than the bound came, and some was thrown away: the connection can serve no further request.
  bool overflowed() const { return overflowed_; }

  bool left() const { return left_; }
  void set_left() { left_ = true; }
  // Watches no more, and lets go of the stream: nothing here waits for it when this completes.
  net::Task<> let_go();

  // nullptr: nobody. If the client has left already, at once.
  void notify_leave(LeaveListener* listener);

 private:
  enum class Read { bytes, nothing, end };
  Read read(net::Buffer& buffer, std::size_t room);
  void await();
  void came(bool failed);
  void look_ahead();
  void leave();
  void look_at_next_tick();
  void expired() override;

  net::Stream& stream_;
  const Limits& limits_;
  std::weak_ptr<void> owner_;
  net::Buffer ahead_;
  net::Event event_;
  LeaveListener* listener_ = nullptr;
  std::size_t held_ = 0;
  bool watching_ = false;
  bool awaiting_ = false;
  bool unsure_ = false;  // whether the end came together with the bytes that were read last
  bool half_closed_ = false;
  bool overflowed_ = false;
  bool left_ = false;
};

}  // namespace pointsman::http
