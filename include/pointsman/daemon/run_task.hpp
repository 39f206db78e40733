#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "pointsman/net/task.hpp"

namespace pointsman::daemon {

// For commands: to the task's end, but not to that of look-ups of names that nobody waits for any more.
template <class T>
T run(net::Task<T> task) {
  net::asio::io_context context{1};
  T result;
  std::exception_ptr failure;
  net::asio::co_spawn(context, std::move(task), [&](std::exception_ptr thrown, T value) {
    failure = thrown;
    result = std::move(value);
    context.stop();
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return result;
}

}  // namespace pointsman::daemon
