#pragma once

#include <chrono>
#include <thread>

#include "pointsman/base/clock.hpp"

namespace pointsman::test {

// Asks again and again until the predicate holds; false if it never did. For what another process knows, and nothing in
// this one could be waited on.
template <class Predicate>
bool eventually(Predicate predicate, Milliseconds at_most = Milliseconds(10'000)) {
  const auto give_up = std::chrono::steady_clock::now() + at_most;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(Milliseconds(5));
  }
  return true;
}

// Lets time pass where that it passes is what a test is about. Whatever can be seen is waited for instead.
inline void let_pass(Milliseconds duration) { std::this_thread::sleep_for(duration); }

}  // namespace pointsman::test
