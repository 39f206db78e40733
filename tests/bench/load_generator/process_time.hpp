#pragma once

#include <cstdint>

namespace pointsman::bench {

// The CPU time of all threads of a process, in nanoseconds; 0 if there is no such process.
std::int64_t process_time(int process);

// Our own.
std::int64_t own_time();

}  // namespace pointsman::bench
