#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pointsman::bench {

enum class Asked {
  nothing_yet,  // the request is not all there
  model_list,
  long_model_list,  // of an endpoint that is only probed
  whole_answer,
  paced_stream,
  rapid_stream,
  quiet_stream,
  malformed,     // of a chat: what a prober sends, on purpose
  wrong_method,  // of a route that there is
  unknown_route
};

// Takes requests off a connection. It looks at as little as it can: a body's length, and its model at the beginning.
class RequestReader {
 public:
  // Takes bytes from the front of `bytes`. To be called until it says nothing_yet.
  Asked next(std::string_view& bytes);

 private:
  bool begin(std::string_view text);

  std::string pending_;  // the beginning of a request
  Asked asked_ = Asked::nothing_yet;
  std::size_t size_ = 0;       // of the request
  std::size_t body_left_ = 0;  // what has still to come of it
};

}  // namespace pointsman::bench
