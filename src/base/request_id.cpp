#include "pointsman/base/request_id.hpp"

#include "pointsman/base/hexadecimal.hpp"

namespace pointsman {

RequestIds::RequestIds() : origin_(random_word()) {}

RequestIds::Id RequestIds::next() {
  Id id;
  char* out = id.text_.data();
  for (const char c : {'r', 'e', 'q', '_'}) *out++ = c;
  for (const std::uint64_t word : {origin_, words_.next()}) {
    for (int shift = 60; shift >= 0; shift -= 4) *out++ = hexadecimal_digits[(word >> shift) & 15];
  }
  return id;
}

}  // namespace pointsman
