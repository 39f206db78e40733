#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/access/quota.hpp"

namespace pointsman::access {

// What responses took of a key's limits that were asked for over one connection and have not ended: as estimated. Each
// is settled by the id that its endpoint began it with; where nobody knows that, the oldest is, because an endpoint
// answers one after the other. What a response takes for which nobody
// waits counts where the last one was settled, whose model it is most likely of, or, before that, on the connection.
// Used by one thread.
//
// An error gives an estimate back only where it can mean nothing but the message that took it: one waits, its response
// has not begun, and the client sent nothing else that may have been refused. Otherwise a client could have back what
// it uses by sending nonsense.
class AwaitedResponses {
 public:
  // The oldest beyond that keeps its estimate.
  static constexpr std::size_t most = 64;

  // `connection`: what the connection itself took, which outlives this; nullptr: there are no limits.
  explicit AwaitedResponses(Allowance* connection) : connection_(connection) {}

  // The client asked for one, which took this.
  void add(Allowance estimated);
  // The client sent something else.
  void add_other() { ++others_; }

  // The endpoint says that it began one, the oldest that it has not begun. `id`: the response's; empty: it did not
  // tell.
  void began(std::string_view id);
  // The endpoint ended one, which took so many tokens in truth; nothing: nobody knows, and the estimate stays.
  void ended(std::string_view id, std::optional<std::uint64_t> tokens, const Moment& now);
  // The endpoint told an error, and that it took so many tokens, if any.
  void failed(std::uint64_t tokens, const Moment& now);
  // It took so many tokens for nothing that was asked for.
  void spend(std::uint64_t tokens, const Moment& now);

 private:
  struct Awaited {
    Allowance allowance;
    bool has_begun = false;
    std::string id = {};  // empty: nobody knows
  };
  using Place = std::vector<Awaited>::iterator;

  void drop(Place place);

  Allowance* connection_;
  std::vector<Awaited> awaited_;   // the oldest first
  std::optional<Allowance> last_;  // that was dropped
  std::uint64_t others_ = 0;       // for which no error came
};

}  // namespace pointsman::access
