#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "pointsman/config/settings.hpp"
#include "pointsman/doctor/finding.hpp"

// Whether the machine has what the limits of the file promise.
namespace pointsman::doctor {

struct Machine {
  std::optional<std::uint64_t> descriptors;  // that the gateway may have open: the hard limit, to which it goes
  bool are_its_own = false;                  // of the running gateway; false: of the process that looks
  std::optional<std::uint64_t> memory;       // bytes, of the machine or of what its control group may take
  bool is_root = false;                      // who looks
};

Diagnosis judge_machine(const Machine& machine, const config::Limits& limits);

// `gateway`: the process that runs; 0: none does.
Machine examine_machine(pid_t gateway);

// "Max open files  1024  524288  files" of /proc/PID/limits, as a table: its second figure.
std::optional<std::uint64_t> hard_descriptor_limit(const std::string& limits);

}  // namespace pointsman::doctor
