#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pointsman/access/quota.hpp"

namespace pointsman::access {

// What responses took of their keys' limits that their endpoints make in the background: as estimated, until somebody
// fetches such a response and it tells its usage. It is settled then, once. Those of which too many came after them are
// forgotten, and so are all at the end of the program: they keep their estimate. Safe from every thread.
class LateSettlements {
 public:
  static constexpr std::size_t usual_capacity = 16'384;

  explicit LateSettlements(std::size_t capacity = usual_capacity) : capacity_(capacity) {}

  // A request began the response of this id. Of one that is known already the first holds.
  void await(std::string_view id, Allowance allowance);

  // The response took so many tokens in truth. False: nobody waited for that, or it was settled before.
  bool settle(std::string_view id, std::uint64_t spent, const Moment& now);

  std::size_t size();

 private:
  struct Awaited {
    std::string id;
    Allowance allowance;
  };

  const std::size_t capacity_;
  std::mutex mutex_;
  std::list<Awaited> awaited_;  // the oldest first
  std::unordered_map<std::string_view, std::list<Awaited>::iterator> by_id_;
};

}  // namespace pointsman::access
