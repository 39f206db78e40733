#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "pointsman/base/clock.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/probe/prober.hpp"

namespace pointsman::probe {

// Runs a coroutine to its end on a thread's own context, as the control plane would.
template <class T>
T run(net::Task<T> task) {
  boost::asio::io_context context(1);
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(task), [&](const std::exception_ptr& broken, T value) {
    if (broken) std::rethrow_exception(broken);
    result.emplace(std::move(value));
    context.stop();  // a name that still does not resolve must not keep the test
  });
  context.run();
  return std::move(result.value());
}

inline Target target_of(const config::Url& url, const std::string& key = "") {
  Target target;
  target.url = url;
  target.api_key = Secret(key);
  return target;
}

inline Observation answered(Question asked, int status, std::string body = "",
                            std::vector<std::pair<std::string, std::string>> headers = {}) {
  Observation seen;
  seen.asked = std::move(asked);
  seen.status = status;
  seen.body = std::move(body);
  seen.headers = std::move(headers);
  return seen;
}

inline Observation failed(Question asked, Failure failure, std::string trouble = "") {
  Observation seen;
  seen.asked = std::move(asked);
  seen.failure = failure;
  seen.trouble = std::move(trouble);
  return seen;
}

}  // namespace pointsman::probe
