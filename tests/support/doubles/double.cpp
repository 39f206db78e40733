#include "double.hpp"

namespace pointsman::test {

std::vector<std::string> Double::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

void Double::violate(const std::string& what, const Asked& asked) {
  const std::lock_guard lock(mutex_);
  violations_.push_back(what + ": " + asked.line() + " " + asked.body);
}

json Double::parsed(const Asked& asked) { return json::parse(asked.body, nullptr, false); }

bool Double::asks_for_something(const json& body) {
  return body.contains("messages") || body.contains("prompt") || body.contains("input");
}

std::string openai_list(const std::vector<std::string>& ids, const std::string& owner) {
  json data = json::array();
  for (const auto& id : ids)
    data.push_back({{"id", id}, {"object", "model"}, {"created", 1700000000}, {"owned_by", owner}});
  return json{{"object", "list"}, {"data", data}}.dump();
}

}  // namespace pointsman::test
