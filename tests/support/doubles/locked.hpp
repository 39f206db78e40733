#pragma once

#include "double.hpp"

namespace pointsman::test {

// A gateway that wants a key for everything, and takes none of ours.
class LockedServer : public Double {
 public:
  Reply answer(const Asked&) override { return Reply::json(401, R"({"error":{"message":"Missing API key"}})"); }
};

}  // namespace pointsman::test
