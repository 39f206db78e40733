#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/access/quota.hpp"
#include "pointsman/access/responses_under_way.hpp"

namespace pointsman::access {

// What responses took of a key's limits that were asked for over one connection and have not ended: as estimated. What
// a response takes for which nobody waits counts where the last one was settled, whose model it is most likely of, or,
// before that, on the connection. Used by one thread.
//
// An error gives an estimate back only where it can mean nothing but the message that took it: one waits, its response
// has not begun, and the client sent nothing else that may have been refused. Otherwise a client could have back what
// it uses by sending nonsense.
class AwaitedResponses {
 public:
  // The oldest beyond that keeps its estimate.
  static constexpr std::size_t most = ResponsesUnderWay<Allowance>::most;

  // `connection`: what the connection itself took, which outlives this; nullptr: there are no limits.
  explicit AwaitedResponses(Allowance* connection) : connection_(connection) {}

  // The client asked for one, which took this.
  void add(Allowance estimated);
  // The client sent something else.
  void add_other() { ++others_; }

  // As in ResponsesUnderWay.
  void began(std::string_view id) { awaited_.began(id); }
  // The endpoint ended one, which took so many tokens in truth; nothing: nobody knows, and the estimate stays.
  void ended(std::string_view id, std::optional<std::uint64_t> tokens, const Moment& now);
  // The endpoint told an error, and that it took so many tokens, if any.
  void failed(std::uint64_t tokens, const Moment& now);
  // It took so many tokens for nothing that was asked for.
  void spend(std::uint64_t tokens, const Moment& now);

 private:
  Allowance* connection_;
  ResponsesUnderWay<Allowance> awaited_;
  std::optional<Allowance> last_;  // that is not awaited any more
  std::uint64_t others_ = 0;       // for which no error came
};

}  // namespace pointsman::access
