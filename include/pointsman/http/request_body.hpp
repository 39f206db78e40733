#pragma once

#include <string_view>

#include "pointsman/base/error.hpp"
#include "pointsman/http/client_input.hpp"
#include "pointsman/http/framing.hpp"
#include "pointsman/http/head.hpp"
#include "pointsman/http/pace.hpp"
#include "pointsman/net/budget.hpp"

namespace pointsman::http {

// Reads the body of one request, whole, with the chunks taken off. Belongs to a Connection, on its worker.
class RequestBody {
 public:
  RequestBody(net::Stream& stream, ClientInput& input, const Limits& limits, net::Budget& budget)
      : stream_(stream), input_(input), limits_(limits), share_(budget) {}

  // `came` is what came behind the head, and not the whole body. Asks for the body where the client
  // waits to be asked (100-continue, RFC 9110 §10.1.1). What comes behind the body goes to the input's ahead().
  // Errors: too_large, overloaded (the budget), timeout (slower than the pace), invalid_input (bad chunks), cancelled
  // (the client left).
  net::Task<Result<std::string_view>> read(const RequestHead& head, const Framing& framing, std::string_view came);

  // Gives the memory back.
  void release();

 private:
  net::Task<Result<std::string_view>> read_sized(std::uint64_t length, std::string_view came);
  net::Task<Result<std::string_view>> read_chunked(std::string_view came);
  net::Task<> invite(const RequestHead& head);
  net::Task<Result<void>> receive(const Pace& pace, std::size_t received);

  net::Stream& stream_;
  ClientInput& input_;
  const Limits& limits_;
  net::Buffer body_;
  net::BudgetShare share_;
};

}  // namespace pointsman::http
