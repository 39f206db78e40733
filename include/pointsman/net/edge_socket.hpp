#pragma once

#include <boost/asio/detail/bind_handler.hpp>
#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/detail/handler_work.hpp>
#include <boost/asio/detail/memory.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "pointsman/net/task.hpp"

namespace pointsman::net {

// What is queued at Asio's reactor for one wait. It differs from Asio's own in one word: once it was told of an edge,
// the next one is tried only after another edge.
template <class Handler>
class EdgeWait final : public asio::detail::reactor_op {
 public:
  BOOST_ASIO_DEFINE_HANDLER_PTR(EdgeWait);

  EdgeWait(Handler& handler, const Executor& executor)
      : reactor_op(error_code(), &EdgeWait::perform, &EdgeWait::complete),
        handler_(std::move(handler)),
        work_(handler_, executor) {}

 private:
  static status perform(reactor_op*) { return done_and_exhausted; }

  // Without an owner the reactor only wants to be rid of it.
  static void complete(void* owner, asio::detail::operation* base, const error_code&, std::size_t) {
    auto* self = static_cast<EdgeWait*>(base);
    ptr memory = {std::addressof(self->handler_), self, self};
    asio::detail::handler_work<Handler, Executor> work(std::move(self->work_));
    asio::detail::binder1<Handler, error_code> handler(self->handler_, self->ec_);
    memory.h = std::addressof(handler.handler_);
    memory.reset();
    if (owner != nullptr) work.complete(handler, handler.handler_);
  }

  Handler handler_;
  asio::detail::handler_work<Handler, Executor> work_;
};

// A socket that can wait for news without a system call. Asio sends each async_wait() through epoll_ctl, so that it
// also completes for what has been there all the time; but the socket is registered for reading, edge-triggered, from
// its first moment, and whoever has read all that there was can wait for the next edge (docs/adr/0007). This leans on
// insides of Asio 1.26, and on nothing else.
class EdgeSocket final : public Socket {
 public:
  explicit EdgeSocket(Socket socket)
      : Socket(std::move(socket)), reactor_(asio::use_service<asio::detail::epoll_reactor>(get_executor().context())) {}

  // Completes when something to read has come since the last wait of either kind completed: bytes, the end, or an
  // error.
  template <class Token>
  auto async_wait_for_edge(Token&& token) {
    return async_wait_to_read(/*asks_kernel=*/false, std::forward<Token>(token));
  }

  // Completes when there is something to read, for which it asks the kernel. Asio's own wait leaves word that the edge
  // it was told of may not be the last one, so that the next wait for an edge would complete at once and in vain.
  template <class Token>
  auto async_wait_until_readable(Token&& token) {
    return async_wait_to_read(/*asks_kernel=*/true, std::forward<Token>(token));
  }

 private:
  template <class Token>
  auto async_wait_to_read(bool asks_kernel, Token&& token) {
    const auto initiate = [this, asks_kernel](auto&& handler) {
      using Handler = std::decay_t<decltype(handler)>;
      using Wait = EdgeWait<Handler>;
      Handler own(std::forward<decltype(handler)>(handler));
      typename Wait::ptr memory = {std::addressof(own), Wait::ptr::allocate(own), nullptr};
      memory.p = new (memory.v) Wait(own, get_executor());
      auto& socket = impl_.get_implementation();
      reactor_.start_op(asio::detail::epoll_reactor::read_op, socket.socket_, socket.reactor_data_, memory.p,
                        /*is_continuation=*/false, /*allow_speculative=*/!asks_kernel);
      memory.v = memory.p = nullptr;
    };
    return asio::async_initiate<Token, void(error_code)>(initiate, token);
  }

  // Looking it up takes a lock.
  asio::detail::epoll_reactor& reactor_;
};

}  // namespace pointsman::net
