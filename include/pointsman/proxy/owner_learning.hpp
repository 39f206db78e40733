#pragma once

#include <string>

#include "pointsman/http/sse_tap.hpp"
#include "pointsman/ownership/directory.hpp"
#include "pointsman/payload/kept_names.hpp"

namespace pointsman::proxy {

// Learns from an answer that goes by what its endpoint keeps from now on, before the client has the id. One per answer.
class OwnerLearning final : public http::DataListener {
 public:
  OwnerLearning(ownership::Directory& directory, const std::string& endpoint, std::string_view key)
      : directory_(directory), endpoint_(endpoint), key_(key) {}

  void data(std::string_view bytes) override;
  void event_ended() override { names_.reset(); }

  // The id that the answer told first: its own. Empty: none.
  const std::string& first() const { return first_; }

 private:
  ownership::Directory& directory_;
  std::string endpoint_;
  std::string key_;
  std::string first_;
  std::string last_;  // what a stream repeats in its events need not be learned again
  payload::KeptNames names_;
};

}  // namespace pointsman::proxy
