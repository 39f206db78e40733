#pragma once

#include "double.hpp"

namespace pointsman::test {

// A hosted provider: lists its models to those with a key. Whatever else it is asked is billed, counted, or looked at
// as an attempt.
class HostedServer : public Double {
 public:
  std::string key = "sk-test";

  Reply answer(const Asked& asked) override {
    if (asked.line() == "GET " + base() + "/models") return has_key(asked) ? Reply::json(200, list()) : refuse_key();
    if (asked.path.starts_with(base() + "/")) return more(asked);
    return missing(asked);
  }

 protected:
  virtual std::string base() const = 0;
  virtual std::string list() const = 0;
  virtual bool has_key(const Asked& asked) const { return asked.header("authorization") == "Bearer " + key; }
  virtual Reply refuse_key() const { return Reply::json(401, R"({"error":{"message":"Incorrect API key provided"}})"); }
  virtual Reply missing(const Asked&) const { return Reply::json(404, R"({"error":{"message":"Invalid URL"}})"); }
  virtual Reply more(const Asked& asked) { return bill(asked); }

  Reply bill(const Asked& asked) {
    violate("billed", asked);
    return Reply::json(400, R"({"error":{"message":"We could not parse the JSON body of your request."}})");
  }
};

}  // namespace pointsman::test
