#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pointsman/config/problem.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/doctor/finding.hpp"

// What reading the file found, with what to do about it where the message alone does not say that.
namespace pointsman::doctor {

Diagnosis judge_problems(const std::vector<config::Problem>& problems, const std::string& file);

// Takes the endpoints and the collector out in whose URL or key something else stands for what could not be read
// (config/stand_in.hpp), because what would be asked there is not what the gateway asks, and says so of each.
Diagnosis leave_out_unreadable(config::Settings& settings);

}  // namespace pointsman::doctor
