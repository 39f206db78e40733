#pragma once

#include <string>
#include <vector>

#include "support/behind_gateway.hpp"
#include "support/own_answer.hpp"

namespace pointsman::test {

// For tests of what keys may take. Of two keys `team` has limits, and `other` has none.
class LimitedKeys : public BehindGateway {
 protected:
  static inline const std::string chat = "POST /v1/chat/completions";
  static inline const std::string body = R"({"model":"m","messages":[]})";

  // Lines of the gateway's file.
  static std::string keys(const std::string& limits_of_team) {
    return "access:\n  keys:\n    - {name: team, key: team-key, limits: {" + limits_of_team +
           "}}\n    - {name: other, key: other-key}\n";
  }
  static std::vector<demo::Header> with(const std::string& key) { return {{"Authorization", "Bearer " + key}}; }

  Response post(const std::string& content = body, const std::string& key = "team-key") const {
    return ask(port(), "POST", "/v1/chat/completions", content, with(key));
  }

  static testing::AssertionResult is_limited(const Response& response) {
    return is_own_error(response, 429, "rate_limit_exceeded");
  }
};

}  // namespace pointsman::test
