#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pointsman/payload/request_fields.hpp"

namespace pointsman::payload {

// A body with its padding, and not a byte more, so that AddressSanitizer sees whoever reads further.
class PaddedBody {
 public:
  explicit PaddedBody(std::string_view text, char fill = '\0') : bytes_(text.begin(), text.end()), size_(text.size()) {
    bytes_.resize(size_ + padding, fill);
    bytes_.shrink_to_fit();
  }

  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::vector<char> bytes_;
  std::size_t size_;
};

inline std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  while (times-- > 0) result += text;
  return result;
}

// A request with decoys in front of the real model, every kind of value, and escapes in the keys and names that count.
inline constexpr std::string_view rich_body = R"({
  "messages": [
    {"role": "user", "content": "\"model\": \"decoy\", [{ \\", "model": "decoy-1"},
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,AAAA=="}}, {"model": ["decoy-2"]}]}
  ],
  "tools": [{"type": "function", "function": {"name": "model", "parameters": {"model": {"model": "decoy-3"}}}}],
  "temperature" : -0.5e-3, "seed": 123456789012345678901234567890, "logprobs": true, "user": null, "stop": [],
  "metadata": {}, "\u0073tream": true ,
  "m\u006fdel" : "gpt\u002d4" 	,
  "last": [false, null, 1, "x", {"y": [[]]}]
}
)";

}  // namespace pointsman::payload
