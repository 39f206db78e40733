#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

namespace pointsman::demo {

// Holds a script back until a test lets it go on. A copy is the same gate. open() is safe from every thread, but not
// while the server whose script waits is being destroyed. Once open it stays open.
class Gate {
 public:
  Gate();

  void open();
  boost::asio::awaitable<void> passed() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pointsman::demo
