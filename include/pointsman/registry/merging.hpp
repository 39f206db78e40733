#pragma once

#include <chrono>

#include "pointsman/registry/learned.hpp"
#include "pointsman/registry/lesson.hpp"

// What is known and what is found out anew, put together. Pure functions. The operator's word is above all of it, and
// none of this: verdict.hpp.
namespace pointsman::registry {

// How long what was observed stands against what the probes of the same server find: a "no" not for long, because one
// stray answer must not take an API away for a day.
inline constexpr std::chrono::hours observation_lasts{24};
inline constexpr std::chrono::minutes denial_lasts{10};

// `known` with all of the report but its health and detail. What it could not find out stays as it was known, except
// for what holds at its moment only (loaded); what was observed of the same server, with the same models, is worth more
// than what it found. Of another type of server nothing stays but the list, of another version no model's verdicts.
Learned merged(const Learned& known, ProbeReport report);

// Whether the report is of another type, version or list of models than what is known, and was made without asking
// again for something that was known of a model: then a probe that relies on nothing has to follow.
bool leaves_open(const Learned& known, const ProbeReport& report);

// Takes in what an answer showed. False: it says nothing new.
bool take_in(const Lesson& lesson, WallTime at, Learned& learned);

}  // namespace pointsman::registry
