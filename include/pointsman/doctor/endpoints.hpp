#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/doctor/finding.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/probe/prober.hpp"

// What endpoints say when they are asked, without a token being used: are they there, do they take our key, what are
// they, which models do they have, and what time do they think it is.
namespace pointsman::doctor {

struct Consultation {
  probe::Findings found;
  std::optional<Milliseconds> took;         // the first question, with the connection; absent: it was not answered
  std::optional<Milliseconds> clock_ahead;  // the endpoint's, of ours; absent: it does not say the time
  probe::Failure failure = probe::Failure::none;  // why the first question was not answered
};

Diagnosis judge_endpoint(const config::Endpoint& endpoint, const Consultation& consultation);

// One endpoint's clock may be wrong; where most of them agree against ours, it is ours.
struct Watch {
  std::string endpoint;
  Milliseconds ahead;
};
Diagnosis judge_clocks(const std::vector<Watch>& watches);

// Asks all of them side by side, each question for as long as `timeout`, and judges what they say.
net::Task<Diagnosis> examine_endpoints(std::vector<config::Endpoint> endpoints, Milliseconds timeout,
                                       const Clock& clock);

}  // namespace pointsman::doctor
