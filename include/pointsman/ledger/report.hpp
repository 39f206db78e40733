#pragma once

#include <string>

#include "pointsman/ledger/usage.hpp"

// Usage as text: what programs read never changes its names, and what clients made up cannot move a terminal's cursor.
namespace pointsman::ledger {

// For people: a table with a line for all together. Times in milliseconds; "-": not known.
std::string table(const Question& question, const Usage& usage);

// One object: since, until, by, rows, total. What is not known is null.
std::string json(const Question& question, const Usage& usage);

// RFC 4180, with a header. What is not known is empty.
std::string csv(const Question& question, const Usage& usage);

}  // namespace pointsman::ledger
