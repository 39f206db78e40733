#pragma once

#include <string>

#include "pointsman/config/settings.hpp"
#include "pointsman/doctor/finding.hpp"
#include "pointsman/net/task.hpp"

// Whether the gateway can listen where the file says, who does already, and who can reach it there.
namespace pointsman::doctor {

// What was found at the address of one listener.
struct Occupancy {
  enum class By : std::uint8_t {
    nobody,     // we could listen there
    pointsman,  // which answers
    another,    // somebody listens there, and is none, or does not answer
    nothing,    // nobody, and we could not either
  };
  By by = By::nobody;
  int error = 0;        // why we could not, as errno says it
  std::string trouble;  // what came in place of a pointsman's answer
};

// `setting`: what the file calls it, "listen" or "operations".
Finding judge_listener(const config::Address& address, const std::string& setting, const Occupancy& occupancy);

// Who can reach the listeners, and whether others can read along; nothing if that is nobody. `file`: the one that says
// so. `has_kept_keys`: the database has keys, or may have some.
Diagnosis judge_exposure(const config::Settings& settings, const std::string& file, bool has_kept_keys);

struct Listening {
  Diagnosis diagnosis;
  bool runs = false;  // a pointsman answers at one of the addresses
};

// What a running gateway says of its configuration at /readyz?verbose; nothing to say where it is no such answer.
// `file`: the one that is looked at.
Diagnosis judge_running(const std::string& readiness, const std::string& file);

// Tries to listen at each address, lets go of it at once, and asks who is there where somebody is.
net::Task<Listening> examine_listeners(config::Settings settings, std::string file);

}  // namespace pointsman::doctor
