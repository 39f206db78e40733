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

// Before the name of a variable that is not set, in place of its value, for whoever needs no secret.
inline constexpr std::string_view for_a_variable = "unset-";

// Takes out the endpoints whose URL or key holds that, or stands for a file that was not read (config::for_a_file),
// because what would be asked there is not what the gateway asks, and says so of each.
Diagnosis leave_out_unreadable(std::vector<config::Endpoint>& endpoints);

}  // namespace pointsman::doctor
