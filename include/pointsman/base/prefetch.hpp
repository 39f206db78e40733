#pragma once

#include <cstddef>
#include <memory>

namespace pointsman {

// Asks the processor for objects that are needed soon, and does not wait for them. Between two events of one stream
// those of a thousand others go by, and of what the next one touches nothing is left in the cache: asked for one by
// one, that is a microsecond of waiting; asked for together before a system call, it is there when the call returns.
template <class... Objects>
void prefetch(const Objects&... objects) {
  constexpr std::size_t line = 64;  // bytes
  const auto fetch = [](const char* begin, std::size_t size) {
    for (std::size_t at = 0; at < size; at += line) __builtin_prefetch(begin + at);
  };
  (fetch(reinterpret_cast<const char*>(std::addressof(objects)), sizeof objects), ...);
}

}  // namespace pointsman
