#pragma once

#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/config/period.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/doctor/finding.hpp"

// For how long certificates are good, and for which names. That a key does not fit, and what of our own is over already
// or about to be, is said with the line of the file when that is read.
namespace pointsman::doctor {

inline constexpr std::chrono::days renew_before{30};

// `whose`: "the certificate", "the authority CN=...". Nothing if it is good for longer than renew_before.
Diagnosis judge_period(const std::string& path, const std::string& whose, config::Period period, WallTime now);

// What a client makes of a listener's certificate whose time is right.
Finding judge_listeners(const std::string& path, const std::vector<std::string>& names, bool signs_itself,
                        WallTime until);

// Those of the listeners, of endpoints, and the authorities that the file names for endpoints and the collector.
Diagnosis examine_certificates(const config::Settings& settings, WallTime now);

}  // namespace pointsman::doctor
