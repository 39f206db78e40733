#include "pointsman/proxy/pause.hpp"

#include <memory>

#include "pointsman/net/deadline.hpp"
#include "pointsman/net/event.hpp"

namespace pointsman::proxy {
namespace {

class Pause final : public net::Deadline, public http::LeaveListener {
 public:
  explicit Pause(net::Worker& worker) : worker_(worker) { worker_.deadlines().add(*this); }

  net::Event& over() { return *over_; }

  // Not at once: the connection that tells of it is not to be destroyed by what follows.
  void client_left() override {
    worker_.post([waiting = std::weak_ptr(over_)] {
      if (const auto over = waiting.lock()) over->notify();
    });
  }

 private:
  void expired() override { over_->notify(); }

  net::Worker& worker_;
  std::shared_ptr<net::Event> over_ = std::make_shared<net::Event>();
};

}  // namespace

net::Task<bool> pause(http::Connection& client, Milliseconds duration) {
  Pause pause(client.worker());
  pause.expire_at(client.worker().now() + duration);
  client.notify_leave(&pause);
  co_await pause.over().wait();
  client.notify_leave(nullptr);
  co_return !client.client_left();
}

}  // namespace pointsman::proxy
