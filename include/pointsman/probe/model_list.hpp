#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/registry/report.hpp"

namespace pointsman::probe {

struct ModelList {
  static constexpr std::size_t most_models = 10'000;
  static constexpr std::size_t longest_id = 256;  // bytes

  std::vector<registry::ModelReport> models;  // in the server's order, each id once
  std::size_t unusable_names = 0;             // left out: no text, empty, too long, control characters, not UTF-8
  std::size_t beyond_limit = 0;               // left out: more than most_models

  // What was left out, for a person; "" if nothing was.
  std::string remark() const;
};

// The answer to GET /models: {"object": "list", "data": [...]} or a bare array. Nothing if it is anything else: then
// this is no OpenAI-compatible base. What an entry says of what its model can be used with is in the model's `apis`,
// learned at `at` from the answer to `asked`.
std::optional<ModelList> read_models(std::string_view body, std::string_view asked = "", WallTime at = {});

}  // namespace pointsman::probe
